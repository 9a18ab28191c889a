//! The formats, and how they are asked for.

use spec::Spec;

use super::format::Format;
use super::options::{ReadOptions, WriteOptions, parse};
use super::{
    cellreplay, cooked, csv, fcc, genet, gnettrack, iperf3, lumos, lumos5g, mahimahi, ntrace, nyumets,
    nyumets2020, oboe, puffer, rawlog, sabre, sigcomm21, sigcomm24, steps, twitch,
};
use crate::NetworkError;

/// The registry, in alphabetical order. A new format is a file in this folder and a line here.
pub(super) static FORMATS: &[&Format] = &[
    &cellreplay::FORMAT,
    &cooked::FORMAT,
    &csv::FORMAT,
    &fcc::FORMAT,
    &genet::FORMAT,
    &gnettrack::FORMAT,
    &iperf3::FORMAT,
    &lumos::FORMAT,
    &lumos5g::FORMAT,
    &mahimahi::FORMAT,
    &ntrace::FORMAT,
    &nyumets::FORMAT,
    &nyumets2020::FORMAT,
    &oboe::FORMAT,
    &puffer::FORMAT,
    &rawlog::FORMAT,
    &sabre::FORMAT,
    &sigcomm21::FORMAT,
    &sigcomm24::FORMAT,
    &steps::FORMAT,
    &twitch::FORMAT,
];

/// All formats, in alphabetical order.
pub fn all() -> &'static [&'static Format] {
    FORMATS
}

/// The format of this name.
///
/// # Errors
/// [`NetworkError::Spec`], which names the nearest one.
pub fn by_name(name: &str) -> Result<&'static Format, NetworkError> {
    parse_spec(name).map(|(format, _, _)| format)
}

/// Understands `name` or `name:key=value,key=value`, e.g. `cooked:hold=forward,column=2`.
///
/// # Errors
/// [`NetworkError::Spec`] for a format that is not known, or an option or value that the format does not take.
pub fn parse_spec(text: &str) -> Result<(&'static Format, ReadOptions, WriteOptions), NetworkError> {
    let (format, options) =
        Spec::parse(text)?.find_by("trace format", FORMATS.iter().copied(), |f| &f.entry)?;
    let (read, write) = parse(&options)?;
    Ok((format, read, write))
}
