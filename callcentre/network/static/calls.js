// A phone's calls on the handset page: its clips one after the other, its keys, its owner's words.
"use strict";

const CALL_STATES = {
  ringing: ["waiting", "Inaita…"],
  in_call: ["open", "Simu inaendelea"],
  queued: ["waiting", "Uko kwenye foleni"],
  bridged: ["open", "Mmeunganishwa"],
  ended: ["ended", "Simu imekatika"],
};
const WORDS_MS = 1500; // what is said in words, not in a clip, stands so long
const BEEP_S = 0.3;

/** The call of one phone: `act` does something with the phone, `open` shows a pane of it. */
function callPane(root, { act, open, drawn }) {
  const at = (role) => root.querySelector(`[data-role=${role}]`);
  const audio = at("audio");
  let call = null;
  let heard = 0; // clips that were played, or passed over
  let playing = false;
  let finish = null; // ends the clip that is playing
  let waiting = { for: "", timer: null };
  let recorder = null;
  let said = 0;
  let first = true;

  function show(next) {
    const fresh = Boolean(next) && (!call || call.id !== next.id);
    const beeps = Boolean(next && next.recording && !(call && call.recording));
    if (fresh) {
      skip();
      at("clips").replaceChildren();
      heard = first ? next.played.length : 0;
    }
    first = false;
    call = next;
    if (fresh && live()) open("call");
    draw();
    play(beeps);
  }

  function live() {
    return Boolean(call && call.state !== "ended");
  }

  function rings() {
    return live() && call.state === "ringing" && call.direction === "incoming";
  }

  function draw() {
    at("call-tab").hidden = !call;
    if (!call) return;
    at("call-with").textContent = call.with;
    at("heard-keys").textContent = call.heard_keys;
    at("mouth").hidden = !live() || call.state === "ringing";
    const rows = at("clips").children;
    for (const clip of call.played.slice(rows.length)) at("clips").append(row(clip));
    drawState();
    drawn();
  }

  function drawState() {
    if (playing) status("open", "Sikiliza…");
    else if (rings()) status("waiting", "Simu inaita. Bonyeza Pokea.");
    else if (recorder) status("open", "Inarekodi. Bonyeza Rekodi tena ukimaliza.");
    else if (call.recording && call.waiting_for === "recording") status("open", "Sema sasa; # ukimaliza");
    else if (call.waiting_for === "keys") status("waiting", "Bonyeza kitufe");
    else status(...CALL_STATES[call.state]);
  }

  function status(state, words) {
    at("call-status").dataset.state = state;
    if (at("call-status").textContent !== words) at("call-status").textContent = words;
  }

  /** Play what was not heard yet, in order, and then wait with the call. */
  async function play(beeps) {
    if (playing) return;
    playing = true;
    while (call && heard < call.played.length) {
      const index = heard++;
      mark(index);
      drawState();
      await sound(call.played[index]);
    }
    playing = false;
    mark(-1);
    if (!call) return;
    if (beeps) beep();
    drawState();
    await listen();
  }

  function sound(clip) {
    return new Promise((resolve) => {
      const after = (ms) => setTimeout(resolve, ms);
      finish = resolve;
      if (!clip.url) return after(WORDS_MS);
      if (clip.seconds === null) return resolve();
      audio.onended = audio.onerror = resolve;
      audio.src = clip.url;
      audio.play().catch(() => after(clip.seconds * 1000));
    });
  }

  /** What was still to be heard is not: a key was pressed, or the phone put down. */
  function skip() {
    if (call) heard = call.played.length;
    audio.pause();
    if (finish) finish();
  }

  /** When nobody does anything for as long as the call waits, its time is up. */
  function listen() {
    const now = JSON.stringify([call.id, call.state, call.waiting_for, call.heard_keys, heard, said]);
    if (now === waiting.for && !recorder) return;
    clearTimeout(waiting.timer);
    waiting = { for: recorder ? "" : now, timer: null };
    if (recorder || call.timeout === null) return;
    waiting.timer = setTimeout(() => live() && act("wait", {}, status), call.timeout * 1000);
  }

  function beep() {
    if (audio.muted) return;
    const context = new AudioContext();
    const tone = context.createOscillator();
    tone.frequency.value = 1000;
    tone.connect(context.destination);
    tone.onended = () => context.close();
    tone.start();
    tone.stop(context.currentTime + BEEP_S);
  }

  function mark(index) {
    [...at("clips").children].forEach((row, place) => {
      if (place === index) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
      if (place === index) row.scrollIntoView({ block: "nearest" });
    });
  }

  function row(clip) {
    const item = document.createElement("li");
    const name = clip.url ? new URL(clip.url).pathname.split("/").pop() : clip.text;
    const length = clip.url ? (clip.seconds === null ? "haipo" : `sek ${clip.seconds.toFixed(1)}`) : "maneno";
    item.append(name, " ", Object.assign(document.createElement("small"), { textContent: length }));
    return item;
  }

  async function press(key) {
    skip();
    await act("press", { keys: key }, status);
  }

  async function hangUp() {
    skip();
    if (recorder) recorder.stop();
    await act("hangup", {}, status);
  }

  async function say(body) {
    said += 1;
    await act("say", body, status);
  }

  async function sayFile(file, seconds) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    let letters = "";
    for (const byte of bytes) letters += String.fromCharCode(byte);
    await say({ file: btoa(letters), type: (file.type || "audio/mpeg").split(";")[0], seconds });
  }

  /** How long a file lasts, as far as the browser knows it. */
  function lengthOf(file) {
    return new Promise((resolve) => {
      const probe = new Audio(URL.createObjectURL(file));
      probe.onloadedmetadata = () => resolve(Number.isFinite(probe.duration) ? probe.duration : undefined);
      probe.onerror = () => resolve(undefined);
    });
  }

  async function choose() {
    const file = at("file").files[0];
    at("file").value = "";
    if (file) await sayFile(file, await lengthOf(file));
  }

  /** Start to record from the microphone, or stop and send what was said. */
  async function record() {
    if (recorder) return recorder.stop();
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const parts = [];
      const started = performance.now();
      skip();
      recorder = new MediaRecorder(stream);
      recorder.ondataavailable = (event) => parts.push(event.data);
      recorder.onstop = async () => {
        const seconds = Math.max(0.1, (performance.now() - started) / 1000);
        const type = recorder.mimeType;
        for (const track of stream.getTracks()) track.stop();
        recorder = null;
        at("record").setAttribute("aria-pressed", "false");
        if (live()) await sayFile(new Blob(parts, { type }), seconds);
      };
      recorder.start();
      at("record").setAttribute("aria-pressed", "true");
      clearTimeout(waiting.timer);
      drawState();
    } catch {
      status("failed", "Hakuna maikrofoni. Tumia faili au mlio.");
    }
  }

  at("record").addEventListener("click", record);
  at("file").addEventListener("change", choose);
  at("tone").addEventListener("click", () => say({}));
  at("pick-up").addEventListener("click", () => act("answer", {}, status));
  at("mute").addEventListener("click", () => {
    audio.muted = !audio.muted;
    at("mute").setAttribute("aria-pressed", audio.muted);
  });
  root.querySelector("[data-pane=call]").addEventListener("keydown", (event) => {
    if (/^[0-9*#]$/.test(event.key) && live()) press(event.key);
  });

  return { show, live, rings, press, hangUp };
}
