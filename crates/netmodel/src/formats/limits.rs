//! What a reader accepts.

/// The largest time a reader accepts, in seconds: 317 years, beyond every clock.
pub const MAX_TIME_S: f64 = 1e10;

/// The largest rate a reader accepts, in Mbit/s: a thousand terabit per second.
pub const MAX_RATE_MBPS: f64 = 1e9;

/// The largest latency a reader accepts, in milliseconds: a day.
pub const MAX_LATENCY_MS: f64 = 86_400_000.0;

/// The largest input a reader accepts, in bytes: 1 GiB.
pub const MAX_INPUT_BYTES: u64 = 1 << 30;

/// The most traces of one input, and files of one archive: a trace costs some kilobytes however short its text is.
pub const MAX_PARTS: usize = 100_000;

/// The shortest row or interval of a log, in seconds: statistics count whole microseconds.
pub(crate) const MIN_ROW_S: f64 = 1e-6;

/// Bytes per line as Mahimahi documents them.
pub(crate) const PACKET_BYTES: u32 = 1500;
