// The contracts that are served, loaded once.

import { api } from "./dom.js";

export const served = { contracts: [], faults: { groups: [], meanings: [] } };

/** Load them. */
export async function loadContracts() {
  Object.assign(served, await api("GET", "dashboard/contracts"));
}

/** Return the contract of a provider; one without pages where it is unknown. */
export function contractOf(provider) {
  return served.contracts.find((contract) => contract.provider === provider) ?? { pages: {}, operations: [] };
}
