  // what both pages use: texts, elements, the server, language and theme
  const TEXTS = /* by language; the server fills them in */ {};
  const $ = (id) => document.getElementById(id);
  const memory = {
    get(key) { try { return localStorage.getItem("mdt." + key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem("mdt." + key, value); } catch { /* private window */ } },
  };
  let language = memory.get("language") || ((navigator.language || "").toLowerCase().startsWith("zh") ? "zh" : "en");
  let theme = memory.get("theme") || "";
  const text = (key) => TEXTS[language][key] || key;
  // the token comes in the address's fragment, which is never sent anywhere
  let token = "";
  try {
    const given = /[#&]token=([^&]+)/.exec(location.hash);
    if (given) { sessionStorage.setItem("mdt.token", decodeURIComponent(given[1])); history.replaceState(null, "", location.pathname); }
    token = sessionStorage.getItem("mdt.token") || "";
  } catch { /* private window */ }

  // elements: text is always text, never markup
  function el(tag, attributes, ...children) {
    const one = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name === "onclick") one.addEventListener("click", value);
      else one.setAttribute(name, value === true ? "" : value);
    }
    one.append(...children.flat().filter((child) => child !== null && child !== undefined).map((child) => child instanceof Node ? child : document.createTextNode(String(child))));
    return one;
  }

  // the server
  async function ask(method, path, body) {
    const headers = { "Accept-Language": language };
    if (token) headers.Authorization = "Bearer " + token;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const answer = await fetch("/_mdt" + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    if (answer.status === 401) { askToken(); throw new Error(text("token")); }
    const value = await answer.json();
    if (!answer.ok) { const error = new Error(value.message || answer.status); error.code = value.error; throw error; }
    return value;
  }
  function askToken() {
    const given = prompt(text("token"));
    if (!given) return;
    keepToken(given.trim());
    location.reload();
  }
  function keepToken(given) {
    token = given;
    try { sessionStorage.setItem("mdt.token", token); } catch { /* private window */ }
  }

  // language and theme; `redraw` writes what the page makes itself
  function drawFrame() {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    for (const one of document.querySelectorAll("[data-text]")) one.textContent = text(one.dataset.text);
    for (const one of document.querySelectorAll("[data-hint]")) one.placeholder = text(one.dataset.hint);
    $("language").textContent = language === "zh" ? "English" : "中文";
    document.documentElement.dataset.theme = theme;
    $("theme").textContent = text(theme || "auto");
  }
  function controls(redraw, afterLanguage) {
    $("language").addEventListener("click", () => { language = language === "zh" ? "en" : "zh"; memory.set("language", language); redraw(); afterLanguage(); });
    $("theme").addEventListener("click", () => { theme = { "": "dark", dark: "light", light: "" }[theme] ?? ""; memory.set("theme", theme); redraw(); });
  }
