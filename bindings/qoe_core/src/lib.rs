//! The C interface of QOE-Core, over [`sim::lockstep::qoe_core`]: six symbols with the original's types and numbers, so that its
//! visualizer runs on this library with only the file name changed.
//!
//! ```c
//! struct SimConfig { uint32_t abr_type, abr_window_size; float buffer_size_max, segment_duration, stall_threshold; };
//! void  simulate_session(void);                                  // prints ten lines, writes data/session_log.csv
//! float simulate_and_get_score(void);
//! float simulate_with_config(SimConfig);
//! float simulate_with_config_and_get_score(SimConfig);           // the same
//! char *simulate_and_get_json(SimConfig);                        // to be freed by:
//! void  free_simulation_string(char *);                          // null is fine
//! ```
//!
//! `abr_type` is 0 for the fixed rule, 1 for that of the buffer, 2 for that of throughput, and any other number is 0. Times are in
//! s. Deviations from the original: `simulate_and_get_json` prints nothing; a configuration of no numbers has a score that is
//! no number, and `[]` as JSON. No call panics across the border, and all may be made from any thread.
//!
//! Source: mrjaywilson/QOE-Core at 035f2eb, `src/ffi.rs`.

use std::ffi::{CString, c_char};
use std::io::Write as _;
use std::panic::catch_unwind;

use sim::lockstep::qoe_core::{Abr, Config, Network, Options, Session, session};
use units::Seconds;

/// A configuration, as C passes it by value.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct SimConfig {
    /// 0 fixed, 1 by the buffer, 2 by throughput; any other number is 0.
    pub abr_type: u32,
    /// How many throughputs the rule of throughput looks at.
    pub abr_window_size: u32,
    /// What the buffer takes, in s.
    pub buffer_size_max: f32,
    /// The length of a segment, in s.
    pub segment_duration: f32,
    /// A step that begins below this level is stalled, in s.
    pub stall_threshold: f32,
}

/// What the functions without a configuration run.
const DEFAULT: SimConfig = SimConfig {
    abr_type: 2,
    abr_window_size: 3,
    buffer_size_max: 10.0,
    segment_duration: 1.0,
    stall_threshold: 0.5,
};

/// The session of a configuration on the original's only trace; `None` where there can be none.
fn simulate(c: SimConfig) -> Option<Session> {
    let seconds = |x: f32| Seconds::new(f64::from(x));
    let run = || {
        let config = Config {
            buffer_max: seconds(c.buffer_size_max),
            segment: seconds(c.segment_duration),
            stall_threshold: seconds(c.stall_threshold),
            ..Config::new(Abr::from_code(c.abr_type, c.abr_window_size), Options::ORIGINAL)
        };
        session(&config, &Network::stock()).ok()
    };
    catch_unwind(run).ok().flatten()
}

fn score(config: SimConfig) -> f32 {
    simulate(config).map_or(f32::NAN, |s| s.report.final_score)
}

/// Runs the default session (the rule of throughput, a window of 3), writes `data/session_log.csv` below the current folder, and
/// prints a line per step. What cannot be written is left out.
// SAFETY: no other symbol of this name is linked into the library.
#[unsafe(no_mangle)]
pub extern "C" fn simulate_session() {
    let Some(session) = simulate(DEFAULT) else { return };
    let written = std::fs::create_dir_all("data");
    let _ = written.and_then(|()| std::fs::write("data/session_log.csv", session.to_csv()));
    // Whole lines at once, and no panic where nobody reads them.
    let text = sim::lockstep::qoe_core::lines(&session.steps);
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// The score of the default session.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub extern "C" fn simulate_and_get_score() -> f32 {
    score(DEFAULT)
}

/// The score of a session; NaN for a configuration of no numbers.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub extern "C" fn simulate_with_config(config: SimConfig) -> f32 {
    score(config)
}

/// The same.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub extern "C" fn simulate_with_config_and_get_score(config: SimConfig) -> f32 {
    score(config)
}

/// The steps of a session as JSON; `[]` for a configuration of no numbers. To be freed by [`free_simulation_string`].
// SAFETY: as above.
#[unsafe(no_mangle)]
pub extern "C" fn simulate_and_get_json(config: SimConfig) -> *mut c_char {
    let json = simulate(config).map_or_else(|| "[]".to_string(), |s| s.to_json());
    // JSON holds no zero byte.
    CString::new(json).map_or(std::ptr::null_mut(), CString::into_raw)
}

/// Frees what [`simulate_and_get_json`] gave. Null is fine.
///
/// # Safety
/// `text` is null, or was given by [`simulate_and_get_json`] and not freed before.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_simulation_string(text: *mut c_char) {
    if !text.is_null() {
        // SAFETY: by the contract it came from `CString::into_raw` and is freed once.
        drop(unsafe { CString::from_raw(text) });
    }
}
