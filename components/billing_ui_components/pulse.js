import env from "$/env.json";
import { getBackendURL } from "$/utils/state";

const PATIENCE = 5000;

let asking = null;

// Whether the server answers, asked once for all of a page that want to know. Behind a proxy that passes nothing but the connection on,
// or does not let the page read the answer, that is not found out, and it may: only an answer that does not come, or that says that
// nobody is there (502 to 504), is none.
export const isAnswering = () => {
  asking ??= fetch(getBackendURL(env.PING), { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) })
    .then(
      ({ status }) => ![502, 503, 504].includes(status),
      (error) => error.name !== "TimeoutError",
    )
    .finally(() => (asking = null));
  return asking;
};
