// Requests to the demo's API, sent as a customer's own program would: with the customer's key and nothing else.

const post = (url, key, body) => fetch(url, { method: "POST", headers: { Authorization: `Bearer ${key}` }, body });

const tell = async (response, answered) => {
  let answer;
  try {
    const { status, body } = await response.then(async (it) => ({ status: it.status, body: await it.text() }));
    answer = [status, body];
  } catch (failure) {
    answer = [0, String(failure)];
  }
  answered(...answer);
};

export const callApi = async (url, key, times, answered) => {
  const calls = async () => {
    let response;
    for (let number = 1; number <= times; number += 1) {
      response = await post(url, key, `call ${number} of ${times}`);
      if (!response.ok) break;
    }
    return response;
  };
  await tell(calls(), answered);
};

export const sendFile = async (input, url, key, started, answered) => {
  const field = document.getElementById(input);
  const file = field.files[0];
  if (!file) return;
  started();
  await tell(post(`${url}?name=${encodeURIComponent(file.name)}`, key, file), answered);
  // So that the same file can be chosen again.
  field.value = "";
};
