// For browsers and bundlers: the generated module, and the adapters.
export { BufferHealthMonitor, default, initSync } from "./buffer_health_monitoring.js";
export { attach, reader } from "./adapters.js";
