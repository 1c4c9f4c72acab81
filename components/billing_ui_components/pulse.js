import env from "$/env.json";
import { getBackendURL } from "$/utils/state";

const PATIENCE = 5000;

let asking = null;

// Whether the server answers at all, asked once for all of a page that want to know. That it cannot be asked, as behind a proxy that
// passes nothing but the connection on, says nothing of it: only an answer that does not come is none.
export const isAnswering = () => {
  asking ??= fetch(getBackendURL(env.PING), { mode: "no-cors", cache: "no-store", signal: AbortSignal.timeout(PATIENCE) })
    .then(
      () => true,
      (error) => error.name !== "TimeoutError",
    )
    .finally(() => (asking = null));
  return asking;
};
