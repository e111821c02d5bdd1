/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Identity assurance: the proofs of identity that are kept with people. */
#include "core/module.h"
#include "idp/assurance/identity_proof.h"

extern const struct module module_assurance;

const struct module module_assurance = {
	.name = "assurance",
	.tables = identity_proof_tables,
};
