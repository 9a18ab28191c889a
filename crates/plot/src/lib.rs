//! Charts out of session records and result tables.
//!
//! Numbers become a [`Chart`] first, plain data that tests can look into; [`render`] turns it into the bytes of a PNG, an SVG or a PDF,
//! and [`save`] writes the picture with its data as CSV beside it. The font is embedded, nothing comes from the system, and the
//! same chart gives the same bytes on every machine.
//!
//! | type | shows |
//! |---|---|
//! | [`Timeline`] | one session: bitrate over capacity, buffer, stalls |
//! | [`Ecdf`] | the distribution of QoE (or regret, or anything) per rule |
//! | [`QualityScatter`] | stalled time against quality, with confidence intervals |
//! | [`Components`] | what adds to a score and what takes away |
//! | [`Paired`] | rules against a baseline, trace by trace |
//! | [`Differences`] | what is supported of the differences to a baseline |
//! | [`StalledByClass`] | stalled time per rule and class of network |
//! | [`Sweep`] | a number as a function of a parameter |
//! | [`Gains`] | how much better each rule is, per class of network |
//! | [`Pareto`] | what no other candidate beats |
//! | [`BitrateShare`] | how long each bitrate played |
//! | [`Histogram`] | how often a delay was how long |
//! | [`DecisionMap`] | which rung a rule asks for |
//! | [`traces`] | network traces, a page of them |
//! | [`TraceSheet`] | one network trace: rate over time, distribution, autocorrelation |
//! | [`ResponseMap`] | a number over two parameters |
//! | [`Response`] | a number over one parameter, with its spread |
//! | [`Attained`] | every value that runs came to, over a parameter |
//! | [`Strips`] | several quantities of one run, a strip each |
//! | [`TraceFamily`] | what the network traces of a set have in common |
//!
//! Every chart has a form for narrow screens ([`Chart::narrow`]), and a page in the dark a style for it ([`dark_style`]).
//!
//! Confidence intervals come from the caller. Values that are not finite are left out, and counted in a note on the chart; no
//! input makes a chart panic. A rule has one look in every chart: its [`Palette`]. Red means stalled.
//!
//! ```
//! use plot::{Ecdf, Measure, Palette, Series, save};
//!
//! let series = [Series::new("bola", [1.2, 2.9, 3.1]), Series::new("throughput", [0.7, 2.8, 3.3])];
//! let palette = Palette::new(series.iter().map(|s| s.rule.as_str()));
//! let measure = Measure { label: "mean QoE per segment", column: "qoe" };
//! let chart = Ecdf { title: "QoE of all sessions", measure, series: &series }.chart(&palette);
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("qoe.svg");
//! let [picture, table] = save(&chart, &path)?;
//! assert!(picture.ends_with("qoe.svg") && table.ends_with("qoe.csv"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod bars;
mod canvas;
mod chart;
mod crowd;
mod dark;
mod differences;
mod ecdf;
mod error;
mod gains;
mod geometry;
mod grid;
mod heat;
mod histogram;
mod ink;
mod labels;
mod layout;
mod narrow;
mod number;
mod paired;
mod palette;
mod panel;
mod pdf;
mod response;
mod save;
mod scatter;
mod series;
mod stalled;
mod strips;
mod sweep;
mod table;
mod text;
mod timeline;
mod trace;

pub use bars::{BitrateShare, Components, Parts};
pub use chart::{
    Axis, Chart, Colour, Dash, Dot, Fill, Key, Mark, Marker, Panel, Scale, Span, Stroke, Swatch,
};
pub use crowd::{CrowdChart, CrowdPlayer};
pub use dark::dark_style;
pub use differences::{Difference, Differences, DifferencesIn};
pub use ecdf::Ecdf;
pub use error::PlotError;
pub use gains::{Gain, GainColumn, Gains};
pub use heat::DecisionMap;
pub use histogram::Histogram;
pub use number::Domain;
pub use paired::Paired;
pub use palette::{Palette, RuleStyle};
pub use response::{Attained, Response, ResponseMap};
pub use save::{Format, Size, render, save, save_sized};
pub use scatter::{Candidate, Pareto, QualityScatter, RulePoint};
pub use series::{Estimate, Measure, Series};
pub use stalled::StalledByClass;
pub use strips::{Stalls, Strip, Strips};
pub use sweep::{Curve, Sweep};
pub use table::{Cell, Table};
pub use timeline::{Threshold, Timeline};
pub use trace::{TraceFamily, TracePlot, TraceShape, TraceSheet, traces};
