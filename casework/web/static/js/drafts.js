// What is being written stays on this device until it is saved: through a lost connection, a reload, a
// phone that went to sleep. Pages work without this file; it only remembers.
"use strict";
(() => {
  const PREFIX = "casework-draft ";
  const KEPT_DAYS = 7;
  const NEVER = new Set(["csrf_token"]);
  let leaving = false; // what is given up on purpose is not kept once more while the page closes

  const store = {
    read(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    write(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; } },
    drop(key) { try { localStorage.removeItem(key); } catch { /* storage is closed: nothing was kept */ } },
    keys() { try { return Object.keys(localStorage).filter(key => key.startsWith(PREFIX)); } catch { return []; } },
  };
  const nameOf = (owner, page) => `${PREFIX}${owner} ${page}`;

  function fieldsOf(form) {
    return [...new FormData(form)].filter(([name, value]) => !NEVER.has(name) && typeof value === "string");
  }

  function fill(form, fields) {
    for (const control of form.elements) {
      if (!control.name || NEVER.has(control.name)) continue;
      const values = fields.filter(([name]) => name === control.name).map(([, value]) => value);
      if (control.type === "checkbox" || control.type === "radio") control.checked = values.includes(control.value);
      else if (values.length) control.value = values[0];
    }
    for (const more of form.querySelectorAll("details.more")) {
      if ([...more.querySelectorAll("textarea, input")].some(control => control.value)) more.open = true;
    }
  }

  const clock = time => new Date(time).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });

  function keep(form) {
    const key = nameOf(form.dataset.draftOwner, form.dataset.draft);
    const note = document.querySelector("[data-draft-note]");
    const kept = document.querySelector("[data-draft-kept]");
    const untouched = JSON.stringify(fieldsOf(form));
    const say = text => { note.querySelector("[data-draft-text]").textContent = text; note.hidden = false; };
    const save = () => {
      if (leaving) return;
      const fields = fieldsOf(form);
      if (JSON.stringify(fields) === untouched && !store.read(key)) return;
      if (!store.write(key, { at: Date.now(), fields })) return;
      kept.textContent = `${clock(Date.now())} 已存在这台手机上，断网也不会丢。`;
      kept.hidden = false;
    };

    const draft = store.read(key);
    if ("draftTyped" in form.dataset) {
      store.write(key, { at: Date.now(), fields: fieldsOf(form) });
    } else if (draft && Date.now() - draft.at < KEPT_DAYS * 864e5) {
      fill(form, draft.fields);
      say(`已找回 ${new Date(draft.at).toLocaleDateString("zh-CN")} ${clock(draft.at)} 没有保存完的内容。`);
    }

    let waiting = 0;
    const soon = () => { clearTimeout(waiting); waiting = setTimeout(save, 250); };
    form.addEventListener("input", soon);
    form.addEventListener("change", save);
    addEventListener("pagehide", save);
    document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });
    form.addEventListener("submit", event => {
      save();
      if (navigator.onLine) return;
      event.preventDefault();
      say("现在没有网络，还没有保存到系统。您写的已存在这台手机上，有网络时再点保存。");
      note.scrollIntoView({ block: "center" });
    });
    document.querySelector("[data-draft-drop]").addEventListener("click", () => {
      leaving = true;
      store.drop(key);
      location.assign(location.pathname);
    });
  }

  for (const form of document.querySelectorAll("form[data-draft]")) keep(form);
  for (const done of document.querySelectorAll("[data-draft-done]")) {
    for (const key of store.keys()) if (key.endsWith(` ${done.dataset.draftDone}`)) store.drop(key);
  }
  // Leaving on purpose takes the drafts along: the next one at this phone finds nothing.
  for (const form of document.querySelectorAll('form[action="/sign-out"]')) {
    form.addEventListener("submit", () => {
      leaving = true;
      store.keys().forEach(store.drop);
    });
  }
})();
