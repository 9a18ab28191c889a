//! The buffer health monitor (`playbuf::health`) as a class of JavaScript. It computes nothing itself.
//!
//! Time is `performance.now()`, which windows, workers and Node have; every call also takes the time as an argument, in
//! milliseconds on any clock that does not go back.

use playbuf::health::{HealthMonitor, HealthOptions};
use units::Seconds;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &'static str = r#"
/** What counts as what; every time in seconds. */
export interface MonitorOptions {
    /** Below this level playback is stalled, or has not begun. Default 0.1. */
    stalledBelow?: number;
    /** Below this level the buffer is low. Default 2. */
    lowBelow?: number;
    /** From this level on more buffer is no better. Default 5; a player near the live edge has less. */
    full?: number;
    /** Time between two reports. Default 1. */
    reportInterval?: number;
}

/** What getMetrics() says, as JSON.parse gives it. Times and levels in seconds. */
export interface BufferHealthMetrics {
    /** 0 to 100. */
    qoeScore: number;
    /** Stalls that have begun. */
    stallCount: number;
    /** Time in stalls, the running one included. */
    totalStallDuration: number;
    /** The mean level of the last 10 s, weighted by time. */
    avgBufferLevel: number;
    state: "startup" | "stalled" | "low" | "healthy";
    bufferLevel: number;
    /** As avgBufferLevel, with more weight on what is newer. */
    recentBufferLevel: number;
    minBufferLevel: number;
    /** How fast the level rises, in seconds per second. */
    trend: number;
    /** When the buffer will be empty if the trend goes on; null where it does not fall. */
    timeToEmpty: number | null;
    /** Time in stalls in the last 10 s. */
    windowStallDuration: number;
    /** Time in stalls over time since playback began, 0 to 1. */
    stallRatio: number;
    /** Time since the first update. */
    observedTime: number;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// Options as JavaScript gives them.
    #[wasm_bindgen(typescript_type = "MonitorOptions")]
    pub type MonitorOptions;

    #[wasm_bindgen(method, getter, structural, js_name = stalledBelow)]
    fn stalled_below(this: &MonitorOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter, structural, js_name = lowBelow)]
    fn low_below(this: &MonitorOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter, structural)]
    fn full(this: &MonitorOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter, structural, js_name = reportInterval)]
    fn report_interval(this: &MonitorOptions) -> Option<f64>;

    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// Watches the level of a buffer: told levels at any time, it says how well playback does.
#[wasm_bindgen]
pub struct BufferHealthMonitor {
    inner: HealthMonitor,
}

#[wasm_bindgen]
impl BufferHealthMonitor {
    /// A monitor that has seen nothing.
    #[wasm_bindgen(constructor)]
    pub fn new(options: Option<MonitorOptions>) -> Result<BufferHealthMonitor, JsError> {
        let mut chosen = HealthOptions::default();
        if let Some(given) = options {
            let fields = [
                ("stalledBelow", given.stalled_below(), &mut chosen.stalled_below),
                ("lowBelow", given.low_below(), &mut chosen.low_below),
                ("full", given.full(), &mut chosen.full),
                ("reportInterval", given.report_interval(), &mut chosen.report_interval),
            ];
            for (name, value, slot) in fields {
                let Some(value) = value else { continue };
                if !(0.0..1e9).contains(&value) {
                    let problem = ["BufferHealthMonitor: ", name, " is no number of seconds, at least 0"];
                    return Err(JsError::new(&problem.concat()));
                }
                *slot = Seconds::new(value);
            }
        }
        Ok(BufferHealthMonitor { inner: HealthMonitor::new(chosen) })
    }

    /// The buffer level now, in seconds; or at `timeMs`. True where a report is due.
    #[wasm_bindgen(js_name = updateBufferLevel)]
    pub fn update_buffer_level(
        &mut self,
        level: f64,
        #[wasm_bindgen(js_name = timeMs)] time_ms: Option<f64>,
    ) -> bool {
        self.inner.update(at(time_ms), Seconds::new(level))
    }

    /// How playback does now, or at `timeMs`, as JSON (see BufferHealthMetrics).
    #[wasm_bindgen(js_name = getMetrics)]
    pub fn get_metrics(&self, #[wasm_bindgen(js_name = timeMs)] time_ms: Option<f64>) -> String {
        self.inner.metrics(at(time_ms)).to_json()
    }
}

fn at(time_ms: Option<f64>) -> Seconds {
    Seconds::from_millis(time_ms.unwrap_or_else(performance_now))
}
