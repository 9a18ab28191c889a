export { BufferHealthMonitor, default } from "./buffer_health_monitoring.js";
export type { BufferHealthMetrics, MonitorOptions } from "./buffer_health_monitoring.js";
export { attach, reader } from "./adapters.js";
export type { Watch, WatchedPlayer, WatchOptions } from "./adapters.js";
