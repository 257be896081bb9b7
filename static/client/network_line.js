// The line on top: the truth about the network and the outbox, in words.
import { onSync } from "./sync.js";
import { fill, moment } from "./words.js";

const LOOK = { idle: "", offline: "waiting", portal: "waiting", sending: "sending", sign_in: "stopped", stopped: "stopped" };

export function startLine(person) {
  const line = document.getElementById("network_line");
  if (!line) return;
  const say = (name, look, values) => {
    const sentence = fill(line.dataset[name], values);
    if (line.firstElementChild.textContent !== sentence) line.firstElementChild.textContent = sentence;
    line.className = look ? `truth truth-${look}` : "truth";
  };
  if (!person) {
    say("never", "waiting");
    return;
  }
  let rounds = 0;
  onSync(({ phase, sent, total, waiting, lastSentAt }) => {
    rounds += 1;
    if (rounds === 1) return; // before the first round nothing is known
    if (phase === "sending") say("sending", "sending", { sent: Math.min(sent + 1, total), total });
    else if (phase === "sign_in") say("signIn", "stopped", { n: waiting });
    else if (phase === "idle" && waiting) say("waiting", "waiting", { n: waiting });
    else if (phase === "idle" && lastSentAt) say("done", "done", { time: moment(lastSentAt) });
    else if (phase === "idle") say("ready", "");
    else if (phase === "offline" && !waiting) say("offlineNone", "");
    else say(phase, LOOK[phase], { n: waiting });
  });
}
