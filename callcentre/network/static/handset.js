// The handset page: shows what the network says of its phones, and presses their keys.
"use strict";

const POLL_MS = 1000;
const ENDS = {
  Success: ["ended", "Kikao kimeisha"],
  Incomplete: ["cut", "Kikao kimekatishwa"],
  Failed: ["failed", "Kikao kimeisha kwa hitilafu"],
};

const ZONE = { timeZone: "Africa/Dar_es_Salaam" };
const TIME = new Intl.DateTimeFormat("sw-TZ", { ...ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DATE = new Intl.DateTimeFormat("sw-TZ", { ...ZONE, weekday: "long", day: "numeric", month: "long" });

const cards = [...document.querySelectorAll("[data-phone]")].map(card);
const panel = faultPanel(document.querySelector("[data-role=faults]"));
const offline = document.querySelector("[data-role=offline]");
let timer = null;
let asked = 0;
let shown = 0;

/** One request to the network. Throws an Error with the network's own words when it refuses. */
async function call(path, body, method = body ? "POST" : "GET") {
  const options = { method };
  if (body) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const response = await fetch(path, options);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error || `HTTP ${response.status}`);
  return answer;
}

/** Ask for everything again and again while somebody looks. */
async function poll() {
  clearTimeout(timer);
  if (document.hidden) return;
  try {
    await refresh();
    offline.hidden = true;
  } catch {
    offline.hidden = false;
  }
  timer = setTimeout(poll, POLL_MS);
}

async function refresh() {
  const mine = ++asked;
  const query = cards.map((each) => `phone=${encodeURIComponent(each.number)}`).join("&");
  const state = await call(`state?${query}`);
  if (mine < shown) return; // a later question was answered first
  shown = mine;
  state.phones.forEach((phone, index) => cards[index].show(phone));
  panel.show(state.faults, state.counts);
}

/** One phone on the page. */
function card(root) {
  const number = root.dataset.phone;
  const at = (role) => root.querySelector(`[data-role=${role}]`);
  const lcd = root.querySelector(".lcd");
  const inputs = ["code", "answer", "sms-to", "sms-text"].map(at);
  let focus = null; // the field that the keypad types into
  let drawn = {};
  let busy = false;
  const talk = callPane(root, { act: during, open, drawn: buttons });
  let seen = Number(sessionStorage.getItem(`seen:${number}`) || 0);

  /** Do one thing with the phone, showing its answer, or what was wrong with it. */
  async function act(action, body, words, tell = status) {
    if (busy && action !== "cancel" && action !== "hangup") return;
    busy = true;
    if (words) tell("waiting", words);
    try {
      await call(`../network/phones/${encodeURIComponent(number)}/${action}`, body || {});
      drawn.status = null;
      busy = false;
      await refresh();
      return true;
    } catch (error) {
      busy = false;
      tell("failed", `Imeshindikana. ${error.message}`);
      return false;
    }
  }

  /** The same in a call, which says itself how it goes. */
  function during(action, body, tell) {
    return act(action, body, "", tell);
  }

  function status(state, words) {
    at("status").dataset.state = state;
    if (at("status").textContent !== words) at("status").textContent = words;
  }

  function show(phone) {
    const active = Boolean(phone.session && phone.session.active);
    changed("screen", phone.screen, drawScreen);
    changed("active", active, drawLine);
    if (!busy) changed("status", phone.waiting ? "waiting" : phone.ended || active, drawStatus);
    talk.show(phone.call);
    changed("talk", JSON.stringify([phone.sms, phone.sent]), () => drawTalk(phone));
    changed("received", phone.received, drawBadge);
  }

  function changed(what, value, draw) {
    if (drawn[what] === value) return;
    drawn[what] = value;
    draw(value);
  }

  function drawScreen(words) {
    at("screen").textContent = words;
    at("screen").hidden = !words;
    at("screen").scrollTop = 0;
    at("idle").hidden = Boolean(words);
  }

  function drawLine(active) {
    const had = root.contains(document.activeElement) && lcd.dataset.view === "ussd";
    root.querySelector("[data-line=code]").hidden = active;
    root.querySelector("[data-line=answer]").hidden = !active;
    buttons();
    at(active ? "code" : "answer").value = "";
    if (had && !finger()) at(active ? "answer" : "code").focus({ preventScroll: true });
  }

  /** The green button does what can be done now. */
  function buttons() {
    const called = lcd.dataset.view === "call" && talk.live();
    at("pick-up").hidden = !(called && talk.rings());
    at("dial").hidden = called || Boolean(drawn.active);
    at("send").hidden = called || !drawn.active;
  }

  function drawStatus(state) {
    if (state === "waiting") status("waiting", "Inasubiri mtandao…");
    else if (state === true) status("open", "Kikao kinaendelea");
    else status(...(ENDS[state] || ["idle", "Tayari"]));
  }

  function drawTalk(phone) {
    const all = [
      ...phone.sms.map((sms) => ({ ...sms, other: sms.from, mine: false })),
      ...phone.sent.map((sms) => ({ ...sms, other: sms.to, mine: true })),
    ].sort((one, two) => one.at.localeCompare(two.at));
    const list = at("sms-list");
    list.replaceChildren(...(all.length ? all.map(bubble) : [note("Hakuna ujumbe bado")]));
    list.scrollTop = list.scrollHeight;
  }

  function drawBadge() {
    if (drawn.received < seen) seen = 0; // the network was started again
    if (lcd.dataset.view === "sms") seen = drawn.received;
    sessionStorage.setItem(`seen:${number}`, seen);
    const unread = drawn.received - seen;
    at("badge").hidden = !unread;
    at("badge").textContent = unread;
    at("badge").setAttribute("aria-label", `${unread} haijasomwa`);
  }

  function open(view) {
    lcd.dataset.view = view;
    for (const pane of root.querySelectorAll("[data-pane]")) pane.hidden = pane.dataset.pane !== view;
    at("ussd-tab").setAttribute("aria-pressed", view === "ussd");
    at("sms-tab").setAttribute("aria-pressed", view === "sms");
    at("call-tab").setAttribute("aria-pressed", view === "call");
    buttons();
    at("sms-list").scrollTop = at("sms-list").scrollHeight;
    focus = null;
    drawBadge();
  }

  async function dial(code) {
    open("ussd");
    if (code && !/^\*/.test(code.trim())) await act("call", { to: code }, "Inapiga…");
    else if (code) await act("dial", { code }, "Inapiga…");
    else at("code").focus();
  }

  async function send() {
    const text = at("answer").value;
    if (await act("type", { text }, "Inasubiri mtandao…")) at("answer").value = "";
  }

  async function cancel() {
    if (talk.live() && lcd.dataset.view === "call") return talk.hangUp();
    open("ussd");
    at("code").value = "";
    await act("cancel", {}, "Inakata…");
  }

  async function text() {
    const sent = await act("sms", { to: at("sms-to").value, text: at("sms-text").value }, "Inatuma…");
    if (sent) at("sms-text").value = "";
    else at("sms-list").append(note(at("status").textContent));
    at("sms-list").scrollTop = at("sms-list").scrollHeight;
  }

  /** The field that keys go to: the one used last, if it is still there to be seen. */
  function field() {
    if (focus && !focus.closest("[hidden]")) return focus;
    if (lcd.dataset.view === "sms") return at("sms-text");
    return drawn.active ? at("answer") : at("code");
  }

  function type(letters) {
    if (lcd.dataset.view === "call" && talk.live()) return talk.press(letters);
    const into = field();
    into.setRangeText(letters, into.selectionStart, into.selectionEnd, "end");
    into.scrollLeft = into.scrollWidth;
  }

  function erase() {
    const into = field();
    const start = into.selectionStart === into.selectionEnd ? into.selectionStart - 1 : into.selectionStart;
    if (start >= 0) into.setRangeText("", start, into.selectionEnd, "end");
  }

  function on(element, event, action) {
    element.addEventListener(event, action);
  }

  for (const input of inputs) on(input, "focus", () => (focus = input));
  for (const key of root.querySelectorAll("[data-key]")) on(key, "click", () => type(key.dataset.key));
  for (const chip of root.querySelectorAll("[data-quick]")) on(chip, "click", () => dial(chip.dataset.quick));
  on(at("code"), "keydown", (event) => event.key === "Enter" && dial(at("code").value));
  on(at("answer"), "keydown", (event) => event.key === "Enter" && send());
  on(at("sms-text"), "keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    text();
  });
  on(at("dial"), "click", () => dial(at("code").value));
  on(at("send"), "click", send);
  on(at("cancel"), "click", cancel);
  on(at("erase"), "click", erase);
  on(at("sms-send"), "click", text);
  on(at("call-tab"), "click", () => open("call"));
  on(at("ussd-tab"), "click", () => open("ussd"));
  on(at("sms-tab"), "click", () => open("sms"));
  on(at("edit-form"), "submit", (event) => {
    event.preventDefault();
    rename(root, at("edit-name").value, at("edit-number"));
  });

  function tick(now) {
    at("clock").textContent = at("time").textContent = TIME.format(now);
    at("date").textContent = DATE.format(now);
  }

  return { number, root, show, tick };
}

/** A screen without mouse: do not let its keyboard jump up by itself. */
function finger() {
  return matchMedia("(pointer: coarse)").matches;
}

function bubble(sms) {
  const item = document.createElement("li");
  const head = document.createElement("p");
  const body = document.createElement("p");
  const when = TIME.format(new Date(sms.at));
  item.className = sms.mine ? "mine" : "theirs";
  head.className = "from";
  head.textContent = sms.mine ? `Kwenda ${sms.other} · ${when} ${sms.taken ? "✓" : "…"}` : `${sms.other} · ${when}`;
  body.className = "words";
  body.textContent = sms.text;
  item.append(head, body);
  return item;
}

function note(words) {
  const item = document.createElement("li");
  item.className = "note";
  item.textContent = words;
  return item;
}

/** The address holds the phones: a changed phone is another address. */
async function rename(root, name, field) {
  try {
    const { phones } = await call(`state?phone=${encodeURIComponent(field.value)}`);
    const query = cards.map(({ root: each, number }) => {
      const mine = each === root;
      return [mine ? phones[0].number : number, (mine ? name : each.dataset.name).trim()].join(":");
    });
    location.search = query.map((each) => `simu=${encodeURIComponent(each)}`).join("&");
  } catch {
    field.setCustomValidity("Namba si sahihi");
    field.reportValidity();
    field.addEventListener("input", () => field.setCustomValidity(""), { once: true });
  }
}

/** The panel in which the network's faults are switched on and off. */
function faultPanel(form) {
  const defaults = JSON.parse(form.dataset.defaults);
  const controls = [...form.querySelectorAll("[data-fault]")];
  const health = document.querySelector("[data-role=health]");
  let drawn = "";

  function read(control) {
    const inverse = control.closest("[data-kind=no]");
    if (control.type === "checkbox") return inverse ? !control.checked : control.checked;
    if (control.value === "") return null;
    return Number.isNaN(Number(control.value)) ? control.value : Number(control.value);
  }

  function write(control, value) {
    if (control.type === "checkbox") {
      control.checked = control.closest("[data-kind=no]") ? !value : value;
      return;
    }
    const words = value === null ? "" : String(Number.isNaN(Number(value)) ? value : Number(value));
    if (![...control.options].some((option) => option.value === words)) control.add(new Option(words, words));
    control.value = words;
  }

  function show(faults, counts) {
    document.querySelector("[data-role=accepted]").textContent = counts.accepted;
    document.querySelector("[data-role=delivered]").textContent = counts.delivered;
    const state = JSON.stringify(faults);
    if (state === drawn) return;
    drawn = state;
    const isOn = (control) => Number(faults[control.dataset.fault]) !== Number(defaults[control.dataset.fault]);
    for (const control of controls) {
      write(control, faults[control.dataset.fault]);
      control.closest(".switch").classList.toggle("on", isOn(control));
    }
    for (const group of form.querySelectorAll(".group")) {
      const count = [...group.querySelectorAll(".switch.on")].length;
      const badge = group.querySelector("[data-role=group-count]");
      badge.hidden = !count;
      badge.textContent = count;
    }
    const total = controls.filter(isOn).length;
    health.dataset.faults = total;
    health.textContent = total ? `Hitilafu ${total}` : "Mtandao ni mzima";
    form.querySelector("[data-role=reset]").disabled = !total;
  }

  async function change(changes, method) {
    try {
      await call("../network/faults", changes, method);
    } finally {
      drawn = "";
      await refresh();
    }
  }

  for (const control of controls) {
    control.addEventListener("change", () => change({ [control.dataset.fault]: read(control) }));
  }
  form.querySelector("[data-role=reset]").addEventListener("click", () => change(undefined, "DELETE"));
  return { show };
}

function tick() {
  for (const each of cards) each.tick(new Date());
}

tick();
setInterval(tick, 10_000);
document.addEventListener("visibilitychange", poll);
poll();
