import env from "$/env.json";
import { getBackendURL } from "$/utils/state";

const PATIENCE = 5000;

let asking = null;

// Whether the server answers, asked once for all of a page that want to know. Of another origin's answer no status can be read.
export const isAnswering = () => {
  asking ??= fetch(getBackendURL(env.PING), { mode: "no-cors", cache: "no-store", signal: AbortSignal.timeout(PATIENCE) })
    .then(
      ({ status }) => ![502, 503, 504].includes(status),
      () => false,
    )
    .finally(() => (asking = null));
  return asking;
};
