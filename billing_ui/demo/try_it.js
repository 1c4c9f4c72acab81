import { useEffect } from "react";
import { getBackendURL } from "$/utils/state";

// Requests to the demo's API, sent as a customer's own program would: with the customer's key and nothing else.

const post = async (path, key, body) => {
  // In development the server has a port of its own.
  const url = new URL(path, getBackendURL());
  const response = await fetch(url, { method: "POST", headers: { Authorization: `Bearer ${key}` }, body });
  return { ok: response.ok, status: response.status, body: await response.text() };
};

const send = async (path, key, bodies, answered) => {
  let served = 0;
  let last;
  try {
    for (const body of bodies) {
      last = await post(path, key, body);
      if (!last.ok) break;
      served += 1;
    }
  } catch (failure) {
    last = { status: 0, body: String(failure) };
  }
  answered(last.status, last.body, served);
};

export const callApi = (path, key, times, answered) => {
  const bodies = Array.from({ length: times }, (_, index) => `call ${index + 1} of ${times}`);
  return send(path, key, bodies, answered);
};

export const sendFile = async (input, path, key, started, answered) => {
  const field = document.getElementById(input);
  const file = field.files[0];
  if (!file) return;
  started();
  await send(`${path}?name=${encodeURIComponent(file.name)}`, key, [file], answered);
  // So that the same file can be chosen again.
  field.value = "";
};

// The numbers arrive by push in every tab of the customer; what they count is read again when one of them has changed.
export const useLoadAgain = (hydrated, numbers, load) => {
  useEffect(() => {
    if (hydrated) load();
  }, [hydrated, ...numbers]);
};
