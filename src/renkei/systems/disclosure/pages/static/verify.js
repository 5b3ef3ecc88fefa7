// Checks the proof of every record on this page, in the reader's own browser, with the browser's own cryptography.
// Nothing is sent anywhere. The steps and their names are those of `renkei verify`:
// form, entry, inclusion (RFC 9162 section 2.1.3.2), origin, log signature and cosignatures (C2SP signed-note,
// tlog-checkpoint, tlog-cosignature); and one more: what the page shows is what the record says.

export const STEPS = ["form", "entry", "inclusion", "origin", "log signature", "cosignatures", "shown"];
const MUST_BE_SHOWN = ["inquiry", "inquirer", "provider", "item", "kind", "items", "asked_at_ms", "event"];
const ED25519 = 0x01;
const COSIGNATURE = 0x04;
const encoder = new TextEncoder();

export class Failure extends Error {
  constructor(step) {
    super(step);
    this.step = step;
  }
}

function demand(condition, step) {
  if (!condition) throw new Failure(step);
}

function fromBase64(text, step) {
  demand(typeof text === "string", step);
  let raw;
  try {
    raw = atob(text);
  } catch {
    throw new Failure(step);
  }
  demand(btoa(raw) === text, step); // one form only
  return Uint8Array.from(raw, (character) => character.charCodeAt(0));
}

function join(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function same(a, b) {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));
}

async function signatureHolds(publicKey, signature, message) {
  if (signature.length !== 64) return false;
  const key = await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", key, signature, message);
}

// --- keys, notes, checkpoints ------------------------------------------------------------------------------------

async function readKey(text, type, step) {
  const found = /^([^\s+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(text);
  demand(found, step);
  const [, name, id, material] = found;
  const data = fromBase64(material, step);
  demand(data.length === 33 && data[0] === type, step);
  const digest = await sha256(encoder.encode(`${name}\n`), data);
  demand([...digest.slice(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("") === id, step);
  return { name, id: digest.slice(0, 4), public: data.slice(1) };
}

function readNote(note) {
  const end = note.lastIndexOf("\n\n");
  demand(end > 0 && note.endsWith("\n"), "form");
  const lines = note.slice(end + 2, -1).split("\n");
  const signatures = lines.map((line) => {
    const found = /^\u2014 ([^\s+]+) (\S+)$/u.exec(line);
    demand(found, "form");
    const data = fromBase64(found[2], "form");
    demand(data.length > 4, "form");
    return { name: found[1], id: data.slice(0, 4), blob: data.slice(4) };
  });
  return { text: note.slice(0, end + 1), signatures };
}

function readCheckpoint(text) {
  const lines = text.split("\n");
  demand(lines.length >= 4 && lines.pop() === "" && !lines.includes(""), "form");
  demand(/^(0|[1-9][0-9]{0,15})$/.test(lines[1]), "form");
  const root = fromBase64(lines[2], "form");
  demand(root.length === 32, "form");
  return { origin: lines[0], size: Number(lines[1]), root };
}

function signatureOf(note, key) {
  return note.signatures.find((each) => each.name === key.name && same(each.id, key.id));
}

async function checkLogSignature(note, trust) {
  const key = await readKey(trust.log, ED25519, "log signature");
  const signature = signatureOf(note, key);
  demand(signature, "log signature");
  demand(await signatureHolds(key.public, signature.blob, encoder.encode(note.text)), "log signature");
}

async function countCosignatures(note, trust) {
  let count = 0;
  for (const text of trust.witnesses) {
    const key = await readKey(text, COSIGNATURE, "cosignatures");
    const signature = signatureOf(note, key);
    if (!signature) continue;
    const time = new DataView(signature.blob.buffer).getBigUint64(0);
    const message = encoder.encode(`cosignature/v1\ntime ${time}\n${note.text}`);
    demand(await signatureHolds(key.public, signature.blob.slice(8), message), "cosignatures");
    count += 1;
  }
  demand(count >= trust.cosignatures_required, "cosignatures");
  return count;
}

// --- the tree ----------------------------------------------------------------------------------------------------

// Indexes may pass 2^32, where JavaScript's bit operators end: hence halves and remainders.
const half = (number) => Math.floor(number / 2);

async function checkInclusion(entry, index, checkpoint, proof) {
  demand(index < checkpoint.size, "inclusion");
  let place = index;
  let last = checkpoint.size - 1;
  let found = await sha256([0x00], entry);
  for (const sibling of proof) {
    demand(last > 0, "inclusion");
    if (place % 2 === 1 || place === last) {
      found = await sha256([0x01], sibling, found);
      while (place % 2 === 0 && place > 0) {
        place = half(place);
        last = half(last);
      }
    } else {
      found = await sha256([0x01], found, sibling);
    }
    place = half(place);
    last = half(last);
  }
  demand(last === 0 && same(found, checkpoint.root), "inclusion");
}

// --- one receipt -------------------------------------------------------------------------------------------------

function readReceipt(receipt) {
  demand(receipt?.v === 1 && typeof receipt.record === "string" && typeof receipt.checkpoint === "string", "form");
  demand(Number.isSafeInteger(receipt.index) && receipt.index >= 0, "form");
  demand(Array.isArray(receipt.proof) && receipt.proof.length <= 64, "form");
  const salt = fromBase64(receipt.salt, "form");
  const proof = receipt.proof.map((step) => fromBase64(step, "form"));
  demand([salt, ...proof].every((part) => part.length === 32), "form");
  return { salt, proof };
}

function readRecord(text) {
  let record;
  try {
    record = JSON.parse(text);
  } catch {
    throw new Failure("entry");
  }
  demand(record !== null && typeof record === "object" && !Array.isArray(record), "entry");
  demand(JSON.stringify(record) === text, "entry"); // one form only: no reader can see anything else in it
  return record;
}

export async function verifyReceipt(receipt, trust, passed = () => {}) {
  const { salt, proof } = readReceipt(receipt);
  const note = readNote(receipt.checkpoint);
  const checkpoint = readCheckpoint(note.text);
  passed("form");
  const record = readRecord(receipt.record);
  const entry = await sha256(salt, encoder.encode(receipt.record));
  passed("entry");
  await checkInclusion(entry, receipt.index, checkpoint, proof);
  passed("inclusion");
  demand(checkpoint.origin === trust.origin, "origin");
  passed("origin");
  await checkLogSignature(note, trust);
  passed("log signature");
  const cosignatures = await countCosignatures(note, trust);
  passed("cosignatures", cosignatures ? "holds" : "absent"); // none there, and none demanded
  return { record, index: receipt.index, size: checkpoint.size, cosignatures };
}

// --- the page ----------------------------------------------------------------------------------------------------

function shownValue(element) {
  const shown = element.dataset.shown;
  return shown.endsWith("_ms") ? String(Date.parse(element.dateTime)) : element.value;
}

function said(value) {
  return value !== null && typeof value === "object" ? JSON.stringify(value) : String(value);
}

// A record whose proof holds proves nothing if the words beside it are others.
function checkShown(box, first, outcome) {
  if (outcome) {
    demand(outcome.record.inquiry === first.record.inquiry, "shown");
    demand(outcome.record.permit_index === first.index, "shown");
  }
  const facts = { ...first.record, event: (outcome ?? first).record.event };
  const shown = [...box.querySelectorAll("[data-shown]")];
  for (const name of MUST_BE_SHOWN) demand(shown.some((each) => each.dataset.shown === name), "shown");
  for (const each of shown) demand(shownValue(each) === said(facts[each.dataset.shown]), "shown");
}

function report(box, at, step, state, texts) {
  const cell = box.querySelector(`[data-receipt="${at}"] [data-step="${step}"] [data-outcome]`);
  if (cell) {
    cell.textContent = texts[state];
    cell.dataset.outcome = state;
  }
}

async function verifyBox(box, trust, texts) {
  const receipts = JSON.parse(box.dataset.receipts);
  const verified = [];
  let at = 0;
  try {
    for (; at < receipts.length; at += 1) {
      verified.push(await verifyReceipt(receipts[at], trust, (step, state = "holds") => report(box, at, step, state, texts)));
    }
    checkShown(box, verified[0], verified[1]);
    receipts.forEach((_, each) => report(box, each, "shown", "holds", texts));
    return { state: "good", verified };
  } catch (error) {
    if (!(error instanceof Failure)) return { state: "unsupported" };
    report(box, Math.min(at, receipts.length - 1), error.step, "fails", texts);
    return { state: "bad", step: error.step };
  }
}

function sentence(texts, result) {
  if (result.state !== "bad") return texts[result.state];
  return texts.bad.replace("{step}", texts.steps[result.step]);
}

function show(box, result, texts) {
  const line = box.querySelector("[data-result]");
  line.dataset.result = result.state;
  line.textContent = sentence(texts, result);
  box.dataset.verified = result.state;
}

function summary(results, texts) {
  if (results.length === 1) return [results[0].state, sentence(texts, results[0])];
  const count = (state) => results.filter((result) => result.state === state).length;
  if (count("bad")) return ["bad", texts.some_bad.replace("{bad}", count("bad")).replace("{all}", results.length)];
  if (count("unsupported")) return ["unsupported", texts.unsupported];
  return ["good", texts.all_good.replace("{all}", results.length)];
}

async function verifyPage(status) {
  const trust = JSON.parse(status.dataset.trust);
  const texts = JSON.parse(status.dataset.texts);
  const boxes = [...document.querySelectorAll("[data-receipts]")];
  status.textContent = texts.running;
  const results = [];
  for (const box of boxes) {
    const result = await verifyBox(box, trust, texts);
    show(box, result, texts);
    results.push(result);
  }
  // One announcement at the end: a screen reader is not told twenty times.
  const [state, words] = summary(results, texts);
  status.dataset.state = state;
  status.textContent = words;
}

const status = document.getElementById("verification");
if (status) await verifyPage(status);
