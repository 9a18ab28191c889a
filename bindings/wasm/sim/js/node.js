// For Node: the module beside this file is read and compiled here, so that nothing need be awaited.
import { readFileSync } from "node:fs";

import { initSync, registry, simulate } from "./segue_sim.js";

const compiled = initSync({ module: readFileSync(new URL("./segue_sim_bg.wasm", import.meta.url)) });

/** There is nothing left to do; it is here so that one program runs in browsers and in Node. */
export default async function init() {
    return compiled;
}
export { registry, simulate };
