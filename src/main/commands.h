/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_MAIN_COMMANDS_H
#define PRATU_MAIN_COMMANDS_H

/* The commands: the table, and one function each in the cmd_... files. */
#include "main/cli.h"

extern const struct cli_command commands[]; /* but for those of operations */

/* All of them: the table, and a command for each operation behind the others of its first word. */
const struct cli_command *commands_all(struct arena *a);

enum cli_exit cmd_operation(struct cli *cli);

enum cli_exit cmd_request_list(struct cli *cli);
enum cli_exit cmd_request_show(struct cli *cli);
enum cli_exit cmd_request_approve(struct cli *cli);
enum cli_exit cmd_request_reject(struct cli *cli);
enum cli_exit cmd_request_withdraw(struct cli *cli);
enum cli_exit cmd_request_apply(struct cli *cli);

enum cli_exit cmd_serve(struct cli *cli);
enum cli_exit cmd_init(struct cli *cli);
enum cli_exit cmd_check_config(struct cli *cli);
enum cli_exit cmd_print_config(struct cli *cli);
enum cli_exit cmd_docs(struct cli *cli);
enum cli_exit cmd_version(struct cli *cli);

enum cli_exit cmd_keys_list(struct cli *cli);

enum cli_exit cmd_client_list(struct cli *cli);
enum cli_exit cmd_client_show(struct cli *cli);

enum cli_exit cmd_outbox_list(struct cli *cli);
enum cli_exit cmd_outbox_show(struct cli *cli);
enum cli_exit cmd_outbox_run(struct cli *cli);
enum cli_exit cmd_outbox_test_mail(struct cli *cli);
enum cli_exit cmd_outbox_test_sms(struct cli *cli);

enum cli_exit cmd_import(struct cli *cli);

enum cli_exit cmd_person_list(struct cli *cli);
enum cli_exit cmd_person_show(struct cli *cli);
enum cli_exit cmd_account_list(struct cli *cli);
enum cli_exit cmd_account_show(struct cli *cli);
enum cli_exit cmd_office_list(struct cli *cli);
enum cli_exit cmd_office_show(struct cli *cli);
enum cli_exit cmd_system_list(struct cli *cli);
enum cli_exit cmd_system_show(struct cli *cli);
enum cli_exit cmd_grant_list(struct cli *cli);

enum cli_exit cmd_audit_verify(struct cli *cli);
enum cli_exit cmd_store_verify(struct cli *cli);
enum cli_exit cmd_audit_list(struct cli *cli);

enum cli_exit cmd_backup(struct cli *cli);
enum cli_exit cmd_restore(struct cli *cli);
enum cli_exit cmd_store_info(struct cli *cli);

#endif
