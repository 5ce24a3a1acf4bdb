// The OpenAPI document in Swagger UI, which this server brings along.

import { $ } from "./dom.js";

const dark = matchMedia("(prefers-color-scheme: dark)");

function dress() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

function open(provider) {
  const asked = `?provider=${encodeURIComponent(provider)}`;
  $("json").href = `/_mock/openapi.json${asked}`;
  $("yaml").href = `/_mock/openapi.yaml${asked}`;
  window.SwaggerUIBundle({
    url: `/_mock/openapi.json${asked}`, dom_id: "#viewer", deepLinking: true, validatorUrl: null, tryItOutEnabled: true,
    persistAuthorization: true, defaultModelsExpandDepth: 0, queryConfigEnabled: false,
  });
}

async function start() {
  dress();
  dark.addEventListener("change", dress);
  const { contracts } = await (await fetch("/_mock/dashboard/contracts")).json();
  const wanted = new URLSearchParams(location.search).get("provider");
  const chosen = contracts.find((contract) => contract.provider === wanted) ?? contracts[0];
  for (const contract of contracts) $("provider").add(new Option(contract.title, contract.provider, false, contract === chosen));
  $("provider").parentElement.hidden = contracts.length < 2;
  $("provider").addEventListener("change", (event) => {
    location.search = `?provider=${encodeURIComponent(event.target.value)}`;
  });
  open(chosen.provider);
}

addEventListener("load", start);
