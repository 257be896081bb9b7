// Keeps the shell on the phone, offers the home screen and offers, never forces, a new version.
let invitation = null;
let accepted = false;

const offer = (id, act) => {
  const place = document.getElementById(id);
  if (!place) return;
  place.hidden = false;
  place.querySelector("button").onclick = act;
};

window.addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  invitation = event;
  offer("install", async () => {
    document.getElementById("install").hidden = true;
    await invitation.prompt();
  });
});

function offerNewVersion(worker) {
  offer("update", () => {
    accepted = true;
    worker.postMessage({ type: "use-new-version" });
  });
}

export async function keepShell() {
  if (!("serviceWorker" in navigator)) return;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (accepted) location.reload();
  });
  try {
    const kept = await navigator.serviceWorker.register("/service-worker.js", { updateViaCache: "none" });
    if (kept.waiting && navigator.serviceWorker.controller) offerNewVersion(kept.waiting);
    kept.addEventListener("updatefound", () => {
      const next = kept.installing;
      next.addEventListener("statechange", () => {
        if (next.state === "installed" && navigator.serviceWorker.controller) offerNewVersion(next);
      });
    });
  } catch (error) {
    console.warn("service worker", error);
  }
}

/** Does the app open without signal? True once the worker that keeps the shell is in charge. */
export const shellIsKept = async () => {
  if (!("serviceWorker" in navigator)) return false;
  const kept = await navigator.serviceWorker.getRegistration();
  return Boolean(kept && kept.active);
};
