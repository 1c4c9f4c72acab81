// Requests to the demo's API, sent as a customer's own program would: with the customer's key and nothing else.

const post = async (url, key, body) => {
  const response = await fetch(url, { method: "POST", headers: { Authorization: `Bearer ${key}` }, body });
  return { ok: response.ok, status: response.status, body: await response.text() };
};

const send = async (url, key, bodies, answered) => {
  let served = 0;
  let last;
  try {
    for (const body of bodies) {
      last = await post(url, key, body);
      if (!last.ok) break;
      served += 1;
    }
  } catch (failure) {
    last = { status: 0, body: String(failure) };
  }
  answered(last.status, last.body, served);
};

export const callApi = (url, key, times, answered) => {
  const bodies = Array.from({ length: times }, (_, index) => `call ${index + 1} of ${times}`);
  return send(url, key, bodies, answered);
};

export const sendFile = async (input, url, key, started, answered) => {
  const field = document.getElementById(input);
  const file = field.files[0];
  if (!file) return;
  started();
  await send(`${url}?name=${encodeURIComponent(file.name)}`, key, [file], answered);
  // So that the same file can be chosen again.
  field.value = "";
};
