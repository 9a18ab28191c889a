//! Traces, videos, rules and profiles.

use std::ffi::{CString, c_char};
use std::sync::Arc;

use media::{Ladder, Video};
use netmodel::Trace;
use sim::Profile;
use units::Seconds;

use crate::border::{SegueStatus, free, give_handle, guard, numbers, text, value, wrong};

/// A network: its rate and latency over time.
pub struct SegueTrace {
    pub(crate) inner: Arc<Trace>,
    name: CString,
}

/// What can be fetched: a ladder and the sizes of segments.
pub struct SegueVideo {
    pub(crate) inner: Arc<Video>,
}

/// An adaptive bitrate rule with its options.
pub struct SegueRule {
    pub(crate) spec: String,
}

/// A player and how it meets its link.
pub struct SegueProfile {
    pub(crate) inner: Profile,
}

fn trace(inner: Arc<Trace>) -> SegueTrace {
    let name = CString::new(inner.name().replace('\0', "")).unwrap_or_default();
    SegueTrace { inner, name }
}

/// Reads a trace: a file of any format that Segue knows, or `preset:NAME[,key=value...]`, drawn from `seed`.
///
/// # Safety
/// `source` is a string that ends with a zero byte, `out` points to room for a handle.
// SAFETY: no other symbol of this name is linked into the library; so for every function here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_trace_read(
    source: *const c_char,
    seed: u64,
    out: *mut *mut SegueTrace,
) -> SegueStatus {
    guard(|| {
        // SAFETY: the caller's contract.
        let source = unsafe { text(source, "source") }?;
        let found = segue_cli::load_traces(&[source], None, seed)?;
        let [one] = &found.traces[..] else {
            return Err(wrong(format!("{source} holds {} traces, expected one", found.traces.len())));
        };
        // SAFETY: the caller's contract.
        unsafe { give_handle(out, trace(one.clone())) }
    })
}

/// A trace of `n` periods: each lasts `durations_s[i]` at `rates_kbps[i]`; every request waits `latency_s`.
///
/// # Safety
/// `name` is a string that ends with a zero byte, the arrays hold `n` numbers each, `out` points to room for a handle.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_trace_new(
    name: *const c_char,
    durations_s: *const f64,
    rates_kbps: *const f64,
    n: usize,
    latency_s: f64,
    out: *mut *mut SegueTrace,
) -> SegueStatus {
    guard(|| {
        // SAFETY: the caller's contract.
        let name = unsafe { text(name, "name") }?;
        // SAFETY: the caller's contract.
        let durations = unsafe { numbers(durations_s, n, "durations_s") }?;
        // SAFETY: the caller's contract.
        let rates = unsafe { numbers(rates_kbps, n, "rates_kbps") }?;
        let steps: Vec<(f64, f64)> = durations.iter().zip(rates).map(|(d, r)| (*d, r / 1000.0)).collect();
        let made = Trace::steps(name, &steps, Seconds::new(latency_s)).map_err(wrong)?;
        // SAFETY: the caller's contract.
        unsafe { give_handle(out, trace(Arc::new(made))) }
    })
}

/// The name of a trace; it lives as long as the trace. Empty for null.
///
/// # Safety
/// `trace` is null, or a handle that was not freed.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_trace_name(trace: *const SegueTrace) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { trace.as_ref() }.map_or(c"".as_ptr(), |t| t.name.as_ptr())
}

/// How long a trace is before it repeats, in s; 0 for null.
///
/// # Safety
/// `trace` is null, or a handle that was not freed.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_trace_duration_s(trace: *const SegueTrace) -> f64 {
    // SAFETY: the caller's contract.
    unsafe { trace.as_ref() }.map_or(0.0, |t| t.inner.duration().get())
}

/// The mean rate of a trace, in kbit/s; 0 for null.
///
/// # Safety
/// `trace` is null, or a handle that was not freed.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_trace_mean_kbps(trace: *const SegueTrace) -> f64 {
    // SAFETY: the caller's contract.
    unsafe { trace.as_ref() }.map_or(0.0, |t| t.inner.mean_rate().kbps())
}

/// Frees a trace. Null is fine; sessions that were run over it are not touched.
///
/// # Safety
/// `trace` is null, or a handle that was not freed.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_trace_free(trace: *mut SegueTrace) {
    // SAFETY: the caller's contract.
    unsafe { free(trace) };
}

/// Reads a video: a file, a manifest, a folder of sizes, or `preset:NAME[,key=value...]`, drawn from `seed`.
///
/// # Safety
/// `source` is a string that ends with a zero byte, `out` points to room for a handle.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_video_read(
    source: *const c_char,
    seed: u64,
    out: *mut *mut SegueVideo,
) -> SegueStatus {
    guard(|| {
        // SAFETY: the caller's contract.
        let source = unsafe { text(source, "source") }?;
        let inner = Arc::new(segue_cli::load_video(source, None, seed)?);
        // SAFETY: the caller's contract.
        unsafe { give_handle(out, SegueVideo { inner }) }
    })
}

/// A video of constant bitrate, `duration_s` long in segments of `segment_s`, on `n` rungs of ascending bitrates.
///
/// # Safety
/// `name` is a string that ends with a zero byte, `ladder_kbps` holds `n` numbers, `out` points to room for a handle.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_video_constant(
    name: *const c_char,
    ladder_kbps: *const f64,
    n: usize,
    segment_s: f64,
    duration_s: f64,
    out: *mut *mut SegueVideo,
) -> SegueStatus {
    guard(|| {
        // SAFETY: the caller's contract.
        let name = unsafe { text(name, "name") }?;
        // SAFETY: the caller's contract.
        let rates = unsafe { numbers(ladder_kbps, n, "ladder_kbps") }?;
        let ladder = Ladder::from_kbps(rates).map_err(wrong)?;
        let (segment, total) = (Seconds::new(segment_s), Seconds::new(duration_s));
        let inner = Arc::new(Video::constant_bitrate(name, ladder, segment, total).map_err(wrong)?);
        // SAFETY: the caller's contract.
        unsafe { give_handle(out, SegueVideo { inner }) }
    })
}

/// How many segments a video has; 0 for null.
///
/// # Safety
/// `video` is null, or a handle that was not freed.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_video_segments(video: *const SegueVideo) -> usize {
    // SAFETY: the caller's contract.
    unsafe { video.as_ref() }.map_or(0, |v| v.inner.segments())
}

/// How many rungs the ladder of a video has; 0 for null.
///
/// # Safety
/// `video` is null, or a handle that was not freed.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_video_levels(video: *const SegueVideo) -> usize {
    // SAFETY: the caller's contract.
    unsafe { video.as_ref() }.map_or(0, |v| v.inner.ladder().len())
}

/// How long a video plays, in s; 0 for null.
///
/// # Safety
/// `video` is null, or a handle that was not freed.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_video_duration_s(video: *const SegueVideo) -> f64 {
    // SAFETY: the caller's contract.
    unsafe { video.as_ref() }.map_or(0.0, |v| v.inner.total_duration().get())
}

/// Frees a video. Null is fine.
///
/// # Safety
/// `video` is null, or a handle that was not freed.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_video_free(video: *mut SegueVideo) {
    // SAFETY: the caller's contract.
    unsafe { free(video) };
}

/// A rule by its specification, such as `bola` or `bola-e:gp=8`. Every session gets a fresh one.
///
/// # Safety
/// `specification` is a string that ends with a zero byte, `out` points to room for a handle.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_rule_new(
    specification: *const c_char,
    out: *mut *mut SegueRule,
) -> SegueStatus {
    guard(|| {
        // SAFETY: the caller's contract.
        let spec = unsafe { text(specification, "specification") }?.to_string();
        abr::rule(&spec).map_err(wrong)?;
        // SAFETY: the caller's contract.
        unsafe { give_handle(out, SegueRule { spec }) }
    })
}

/// Frees a rule. Null is fine.
///
/// # Safety
/// `rule` is null, or a handle that was not freed.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_rule_free(rule: *mut SegueRule) {
    // SAFETY: the caller's contract.
    unsafe { free(rule) };
}

/// A player by its specification, such as `default:capacity=20`, with impairments around its link: specifications that are
/// separated by blanks, from the trace outward; null or empty for none.
///
/// # Safety
/// `specification` is a string that ends with a zero byte, so is `impairments` unless it is null, `out` points to room for a
/// handle.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_profile_new(
    specification: *const c_char,
    impairments: *const c_char,
    out: *mut *mut SegueProfile,
) -> SegueStatus {
    guard(|| {
        // SAFETY: the caller's contract.
        let specification = unsafe { text(specification, "specification") }?;
        let chain: Vec<&str> = match impairments.is_null() {
            true => vec![],
            // SAFETY: the caller's contract.
            false => unsafe { text(impairments, "impairments") }?.split_whitespace().collect(),
        };
        let inner = sim::profile(specification).and_then(|p| p.impaired(&chain)).map_err(wrong)?;
        // SAFETY: the caller's contract.
        unsafe { give_handle(out, SegueProfile { inner }) }
    })
}

/// Frees a profile. Null is fine.
///
/// # Safety
/// `profile` is null, or a handle that was not freed.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_profile_free(profile: *mut SegueProfile) {
    // SAFETY: the caller's contract.
    unsafe { free(profile) };
}

/// The values behind the handles of a session.
///
/// # Safety
/// Each is null, or a handle that was not freed.
pub(crate) unsafe fn all<'a>(
    trace: *const SegueTrace,
    video: *const SegueVideo,
    rule: *const SegueRule,
    profile: *const SegueProfile,
) -> Result<(&'a SegueTrace, &'a SegueVideo, &'a SegueRule, &'a SegueProfile), crate::border::Problem> {
    // SAFETY: the caller's contract, four times.
    unsafe {
        Ok((value(trace, "trace")?, value(video, "video")?, value(rule, "rule")?, value(profile, "profile")?))
    }
}
