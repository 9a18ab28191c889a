//! The fixed-step system QOE-Core, as its C interface has it.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use sim::lockstep::qoe_core::{Abr, Config, Network, Options, session};
use units::Seconds;

use crate::values::{Columns, wrong};

/// A session of QOE-Core on its own trace, to the last bit of its single precision: its steps as columns (timestamp,
/// bitrate_kbps, buffer_level_secs, stalled, switch), and its score record (average_bitrate_kbps, stall_ratio, stall_count,
/// switch_count, final_score). Times in s; abr_type is 0 fixed, 1 by the buffer, 2 by throughput.
#[pyfunction]
#[pyo3(signature = (abr_type=2, abr_window_size=3, buffer_size_max=10.0, segment_duration=1.0, stall_threshold=0.5))]
pub(crate) fn qoe_core(
    py: Python<'_>,
    abr_type: u32,
    abr_window_size: u32,
    buffer_size_max: f32,
    segment_duration: f32,
    stall_threshold: f32,
) -> PyResult<(Bound<'_, PyDict>, Bound<'_, PyDict>)> {
    let seconds = |x: f32| Seconds::new(f64::from(x));
    let config = Config {
        buffer_max: seconds(buffer_size_max),
        segment: seconds(segment_duration),
        stall_threshold: seconds(stall_threshold),
        ..Config::new(Abr::from_code(abr_type, abr_window_size), Options::ORIGINAL)
    };
    let played = session(&config, &Network::stock()).map_err(wrong)?;
    let (steps, report) = (&played.steps, &played.report);
    let columns = Columns::new(py);
    columns.whole("timestamp", steps.iter().map(|s| s.timestamp as usize))?;
    columns.whole("bitrate_kbps", steps.iter().map(|s| s.bitrate_kbps as usize))?;
    columns.numbers("buffer_level_secs", steps.iter().map(|s| f64::from(s.buffer_level_secs)))?;
    columns.flags("stalled", steps.iter().map(|s| s.stalled))?;
    columns.flags("switch", steps.iter().map(|s| s.switch))?;
    let score = PyDict::new(py);
    score.set_item("average_bitrate_kbps", report.average_bitrate_kbps)?;
    score.set_item("stall_ratio", report.stall_ratio)?;
    score.set_item("stall_count", report.stall_count)?;
    score.set_item("switch_count", report.switch_count)?;
    score.set_item("final_score", report.final_score)?;
    Ok((columns.done(), score))
}
