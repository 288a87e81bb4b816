// The live page: asks the balancer once a second what is so, and shows it. Everything shown is text, never markup.
import { TEXTS } from "/page/texts.js";

const PAUSE = 1000;
const element = (id) => document.getElementById(id);
const ask = new URLSearchParams(location.search).get("lang");
let language = [ask, localStorage.getItem("language"), navigator.language.slice(0, 2)].find((one) => one in TEXTS) ?? "en";
let token = sessionStorage.getItem("token") ?? "";
let last = null;

const text = (name) => TEXTS[language][name];

function node(tag, content, className) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...[content ?? ""].flat());
  return made;
}

async function call(path, method = "GET") {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await fetch(path, { method, headers, cache: "no-store" });
  return { status: answer.status, body: await answer.json() };
}

function notice(message, kind) {
  element("notice").textContent = message;
  element("notice").className = kind ?? "";
  element("notice").hidden = !message;
}

const milliseconds = (value) => (value === null || value === undefined ? "" : value < 10000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`);

function providerRow(one) {
  const state = one.enabled ? one.state : "disabled";
  const label = [node("span", "", `dot ${state}`), text(state)];
  if (one.remaining > 0) label.push(` · ${text("back")(Math.ceil(one.remaining))}`);
  const reset = node("button", text("reset"));
  reset.addEventListener("click", () => act(`/providers/${encodeURIComponent(one.name)}/reset`));
  reset.hidden = state === "healthy" || state === "disabled";
  return node("tr", [
    node("th", one.name), node("td", label, "state"), node("td", one.type), node("td", one.base_url, "address"),
    node("td", `${one.priority}`, "number"), node("td", `${one.in_flight}`, "number"),
    node("td", milliseconds(one.latency_ms), "number"), node("td", one.last_failure), node("td", reset),
  ]);
}

function attempt(one) {
  const details = [one.provider, one.status ?? one.outcome].join(" ") + (one.probe ? ` (${text("probe")})` : "");
  const made = node("span", details, one.outcome === "ok" ? "attempt ok" : "attempt failed");
  made.title = `${one.outcome}, ${milliseconds(one.ms)}`;
  return made;
}

function requestRow(one) {
  const tried = (one.attempts ?? []).flatMap((each, at) => (at ? [" → ", attempt(each)] : [attempt(each)]));
  const tokens = one.input_tokens || one.output_tokens ? `${one.input_tokens ?? 0} / ${one.output_tokens ?? 0}` : "";
  return node("tr", [
    node("td", new Date(one.time).toLocaleTimeString(language)), node("td", one.model), node("td", `${one.status || ""}`, "number"),
    node("td", one.outcome === "ok" ? "ok" : [one.outcome, one.reason].filter(Boolean).join(": "), one.outcome === "ok" ? "ok" : "failed"),
    node("td", one.joined ? text("joined") : tried), node("td", milliseconds(one.ms), "number"), node("td", tokens, "number"),
  ]);
}

function summary({ providers, shared }) {
  const enabled = providers.filter((one) => one.enabled);
  const ready = enabled.filter((one) => one.state === "healthy").length;
  const more = shared === null ? "" : ` · ${text(shared ? "shared" : "alone")}`;
  return text("ready")(ready, enabled.length) + more;
}

function problems(found) {
  return [text("refused"), ...found.map((one) => `${text("line")(one.line)}: ${one.where}: ${one.message}. ${one.hint}`)].join("\n");
}

function show(state) {
  last = state;
  element("summary").textContent = summary(state);
  element("providers").replaceChildren(...state.providers.map(providerRow));
  element("requests").replaceChildren(...state.requests.map(requestRow));
  element("nothing").hidden = state.requests.length > 0;
}

async function refresh() {
  const [first, second] = await Promise.all([call("/providers"), call("/attempts")]);
  const denied = first.status !== 200;
  element("access").hidden = first.status !== 401;
  if (denied) return notice(first.status === 401 ? text("access") : first.body.error.message, "failed");
  if (first.body.problems.length) notice(problems(first.body.problems), "failed");
  else if (element("notice").className === "failed") notice("");
  show({ ...first.body, ...second.body });
}

async function poll() {
  if (!document.hidden) await refresh().catch(() => notice(text("away"), "failed"));
  setTimeout(poll, PAUSE);
}

async function act(path) {
  const { status, body } = await call(path, "POST");
  if (path === "/providers/reload" && status === 200) notice(text("reloaded"));
  if (status !== 200 && body.error) notice(body.error.message, "failed");
  await refresh();
}

function speak() {
  document.documentElement.lang = language;
  for (const one of document.querySelectorAll("[data-text]")) one.textContent = text(one.dataset.text);
  element("language").textContent = text("other");
  element("language").lang = language === "en" ? "zh" : "en";
  if (last) show(last);
}

element("reload").addEventListener("click", () => act("/providers/reload"));
element("language").addEventListener("click", () => {
  language = language === "en" ? "zh" : "en";
  localStorage.setItem("language", language);
  speak();
});
element("access").addEventListener("submit", (event) => {
  event.preventDefault();
  token = element("token").value;
  sessionStorage.setItem("token", token);
  notice("");
  refresh();
});
speak();
poll();
