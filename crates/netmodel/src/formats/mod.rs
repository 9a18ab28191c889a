//! Trace formats: reading, recognising and writing what others and Segue call a network trace.
//!
//! One file per format; [`all`] is the registry. A format is found by its content ([`sniff`]) or named by the caller.
//!
//! ```
//! use netmodel::formats::{self, ReadOptions};
//! use units::{BitRate, Seconds};
//!
//! let cooked = b"0.0\t1.5\n1.0\t2.0\n3.0\t4.0\n";
//! assert_eq!(formats::sniff(cooked)?.format.name(), "cooked");
//!
//! // A cooked sample is the mean rate over the interval that ends at its time: 2 Mbit/s for 1 s, 4 Mbit/s for 2 s.
//! let recording = formats::read(&cooked[..], None, &ReadOptions::default())?;
//! assert_eq!(recording.trace.duration(), Seconds::new(3.0));
//! assert_eq!(recording.trace.period(0).rate, BitRate::from_mbps(2.0));
//! # Ok::<(), netmodel::NetworkError>(())
//! ```
//!
//! Recognition looks at the first lines, and its rules exclude each other: JSON by its names, a table by the columns of its
//! header, a log by the shape of its rows ([`explain`] tells what every format makes of an input). A file may hold several
//! traces, each under the name of its part, or tables that are no traces: [`read_all`] reads whatever there is, [`read`]
//! the one trace.
//!
//! ```
//! use netmodel::formats;
//!
//! let runs = b"run_num,seq_num,Throughput\n1,1,810\n2,1,95\n2,2,120\n";
//! let (format, options, _) = formats::parse_spec("lumos5g:part=2")?;
//! assert_eq!(formats::read_all(&runs[..], None, &Default::default())?.len(), 2);
//! assert_eq!(formats::read(&runs[..], Some(format), &options)?.trace.mean_rate().mbps(), 107.5);
//! # Ok::<(), netmodel::NetworkError>(())
//! ```
//!
//! Readers refuse what no measurement contains (times beyond [`MAX_TIME_S`], rates beyond [`MAX_RATE_MBPS`], a trace in
//! which no whole microsecond passes), so that no input makes them allocate more than a small multiple of its own size,
//! and every later sum stays finite. Formats of lines stream: nothing but the trace is kept. Realistic files cost less
//! than four times their size (`tests/memory.rs` measures every format); each period takes 28 bytes in
//! memory, so a line of four characters costs seven times its size.

#[cfg_attr(not(feature = "archives"), path = "no_archive.rs")]
mod archive;
mod cellreplay;
mod columns;
mod cooked;
mod csv;
mod decimal;
mod deliveries;
mod fcc;
mod format;
mod genet;
mod gnettrack;
mod head;
mod iperf3;
mod limits;
mod lines;
mod losses;
mod lumos;
mod lumos5g;
mod mahimahi;
mod member;
mod moment;
mod ntrace;
mod nyumets;
mod nyumets2020;
mod oboe;
mod options;
mod packed;
mod parts;
mod puffer;
mod rawlog;
mod read;
mod registry;
mod sabre;
mod series;
mod sigcomm21;
mod sigcomm24;
mod sniff;
mod split;
mod steps;
mod table;
mod text;
mod twitch;
mod write;

pub use deliveries::{Delivery, observed};
pub use format::Format;
pub(crate) use format::Reader;
pub(crate) use head::Head;
pub(crate) use limits::MIN_ROW_S;
pub use limits::{MAX_INPUT_BYTES, MAX_LATENCY_MS, MAX_PARTS, MAX_RATE_MBPS, MAX_TIME_S};
pub(crate) use lines::Lines;
pub(crate) use losses::{clock, clock_loss, latency_loss, wrap_loss};
pub use member::{Member, Unpacked, is_packed};
pub(crate) use options::keys;
pub use options::{Carry, Hold, RateUnit, ReadOptions, Rows, TableOptions, WriteOptions};
pub use packed::unpack;
pub use parts::stem;
pub(crate) use parts::{more_parts, note_first};
pub use puffer::{Role, roles};
pub use read::{read, read_all, read_all_path, read_path};
pub use registry::{all, by_name, parse_spec};
pub(crate) use series::{Sample, Series, dropped_note};
pub use sniff::{Sniffed, explain, sniff};
pub(crate) use text::{io, json_error, name, number, quoted, text, thousands};
pub use write::write;

pub(crate) use crate::packets::grow;
pub(crate) use crate::recording::Samples;
pub use crate::recording::{Column, Content, Measurement, Recording, TableFile};
pub use crate::values::Values;
