//! Mahimahi's packet delivery opportunities: one line per packet, the millisecond at which it may cross.
//!
//! | | |
//! |---|---|
//! | source | Netravali et al.: *Mahimahi: Accurate Record-and-Replay for HTTP*, USENIX ATC 2015; `link_queue.cc` |
//! | grammar | one unsigned integer per line (ms), non-decreasing, the last above 0; an empty line is an error |
//! | rate | a line carries one packet: 1500 bytes by the manual, 1504 in the code, 1400 in CellReplay (option `bytes`, default 1500) |
//! | time | milliseconds from the start |
//! | hold | see below |
//! | end | loops with the last time stamp as period; a line `0` then falls together with the last line |
//! | latency | none in the file (companion shells add it); option `latency`, default 0 |
//!
//! # As a trace of rates
//!
//! A packet of millisecond `x` becomes its bits spread evenly over the millisecond that *ends* at `x`, so that it is
//! complete exactly when Mahimahi would let it through. Lines `0` go to the last millisecond, with which they fall
//! together in every pass but the first. A pass therefore lasts `last` ms and carries every line once: the mean rate is
//! exactly `lines * packet / last`. Neighbouring milliseconds of one rate are one period, so a file costs memory by its
//! lines, not by its time.
//!
//! Deviations: Mahimahi loses the unused rest of an opportunity when its queue is empty, and never splits a packet's
//! arrival; a trace of rates does neither. Time stamps beyond 2^32 ms (49 days) are refused. CRLF is accepted.
//!
//! Statistics do not use this form: they count lines in full bins of one second (see [`stats`](crate::stats)).

use spec::Entry;
use units::{BitRate, Bits, Seconds};

use super::{
    Carry, Format, Head, Measurement, ReadOptions, Reader, Recording, Samples, WriteOptions, io, keys,
    latency_loss, name, quoted, text, wrap_loss,
};
use crate::{NetworkError, Period, Trace};

/// Bytes per line as Mahimahi documents them.
pub(super) const PACKET_BYTES: u32 = 1500;

/// The most lines a writer produces: 10^9, some ten gigabytes.
const MAX_LINES: f64 = 1e9;

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "mahimahi",
        about: "Mahimahi packet delivery opportunities: one millisecond per line",
        options: &[keys::PACKET, keys::LATENCY, keys::CARRY],
    },
    unit: "packets (1500 bytes)",
    time_base: "milliseconds from the start",
    hold: "a packet's bits are spread over the millisecond that ends at its line",
    end: "loops, with the last time stamp as period",
    measures: Measurement::Capacity,
    detect,
    read: Reader::One(read),
    write: Some(write),
};

/// Delivery opportunities, as `(millisecond, lines)` in ascending order; never empty.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Opportunities {
    pub(crate) runs: Vec<(u32, u32)>,
    pub(crate) packet: Bits,
}

impl Opportunities {
    /// The last time stamp.
    pub(crate) fn last_ms(&self) -> u32 {
        self.runs.last().map_or(0, |r| r.0)
    }
}

fn detect(head: &Head<'_>) -> Option<&'static str> {
    let digits = |line: &str| line.bytes().all(|b| b.is_ascii_digit());
    head.all(digits).then_some("one whole number per line")
}

fn read(bytes: &[u8], options: &ReadOptions) -> Result<Recording, NetworkError> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    let mut lines = 0usize;
    let mut gap = 0;
    for (i, line) in text(bytes)?.lines().enumerate() {
        lines = i + 1;
        let wrong = |expected: &str| Err(NetworkError::input(lines, "time_ms", quoted(line), expected));
        let digits = !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit());
        let Some(ms) = line.parse::<u32>().ok().filter(|_| digits) else {
            return wrong("a whole number from 0 to 4294967295");
        };
        match runs.last_mut() {
            Some((at, count)) if *at == ms => *count = count.saturating_add(1),
            Some((at, _)) if *at > ms => return wrong(&format!("at least the line before ({at})")),
            before => {
                gap = gap.max(ms - before.map_or(0, |b| b.0));
                runs.push((ms, 1));
            }
        }
    }
    let last = match runs.last() {
        None => return Err(NetworkError::input(0, "the input", "empty", "one millisecond per line")),
        Some((0, _)) => return Err(NetworkError::input(lines, "the last time_ms", "0", "a number above 0")),
        Some((last, _)) => *last,
    };
    let packet = Bits::from_bytes(f64::from(options.packet_bytes.max(1)));
    let trace = Trace::new(name(options), spread(&runs, packet, options.latency))?;
    let mean = |packet: Bits| (packet * lines as f64 / Seconds::from_millis(f64::from(last))).mbps();
    let mut facts = serde_json::Map::new();
    facts.insert("n_records".into(), lines.into());
    facts.insert("first_ms".into(), runs[0].0.into());
    facts.insert("last_ms".into(), last.into());
    facts.insert("max_gap_ms".into(), gap.into());
    facts.insert("bytes_per_opportunity".into(), packet.bytes().into());
    facts.insert("mean_cycle_mbps".into(), mean(packet).into());
    facts.insert("mean_cycle_mbps_1504".into(), mean(Bits::from_bytes(1504.0)).into());
    let rule = format!(
        "full 1-s bins [k,k+1) only (tail of < 1 s ignored); {} bit per line; mean_cycle uses all lines over last_ms",
        packet.get()
    );
    facts.insert("segment_rule".into(), rule.into());
    let samples = Samples::Opportunities(Opportunities { runs, packet });
    Ok(Recording {
        trace,
        format: FORMAT.name(),
        part: None,
        measures: FORMAT.measures,
        columns: vec![],
        facts,
        notes: vec![],
        samples,
    })
}

/// The periods of constant rate that the opportunities become (see the head of this file).
fn spread(runs: &[(u32, u32)], packet: Bits, latency: Seconds) -> Vec<Period> {
    let mut periods: Vec<Period> = Vec::new();
    let mut push = |millis: u32, packets: u32| {
        let duration = Seconds::from_millis(f64::from(millis));
        // One millisecond is the unit of time inside, so packets per millisecond times bits are kbit/s, exactly.
        let rate = BitRate::from_kbps(packet.get() * f64::from(packets));
        match periods.last_mut() {
            Some(p) if p.rate == rate => p.duration += duration,
            _ => periods.push(Period { duration, rate, latency }),
        }
    };
    let at_zero = runs.first().filter(|r| r.0 == 0).map_or(0, |r| r.1);
    let mut now = 0;
    for (i, (ms, count)) in runs.iter().enumerate().filter(|(_, r)| r.0 > 0) {
        if ms - now > 1 {
            push(ms - now - 1, 0);
        }
        let extra = if i + 1 == runs.len() { at_zero } else { 0 };
        push(1, count.saturating_add(extra));
        now = *ms;
    }
    periods
}

fn write(
    trace: &Trace,
    options: &WriteOptions,
    out: &mut dyn std::io::Write,
) -> Result<Vec<String>, NetworkError> {
    let packet = Bits::from_bytes(f64::from(options.packet_bytes.max(1)));
    let refuse = |found: String, expected: String| Err(NetworkError::input(0, "the trace", found, expected));
    if trace.duration().millis() > f64::from(u32::MAX) {
        return refuse(format!("{} long", trace.duration()), "at most 2^32 ms for this format".into());
    }
    if trace.total() / packet > MAX_LINES {
        return refuse(
            format!("{:e} packets", trace.total() / packet),
            format!("at most {MAX_LINES:e} for this format"),
        );
    }
    let mut lines = Lines { out, last: 0, count: 0 };
    match options.carry {
        Carry::Keep => keep(trace, packet, &mut lines)?,
        Carry::Drop => drop_carry(trace, packet, &mut lines)?,
    }
    let (last, count) = (lines.last, lines.count);
    if last == 0 {
        return refuse(format!("of {}", trace.total()), format!("at least one packet of {packet}"));
    }
    let mut losses: Vec<String> = [latency_loss(trace), wrap_loss(trace)].into_iter().flatten().collect();
    let whole = |x: f64| x == x.floor();
    let exact = options.carry == Carry::Keep
        && trace.periods().iter().all(|p| whole(p.duration.millis()) && whole(p.rate.kbps() / packet.get()));
    if !exact {
        let (carried, all) = (packet * count as f64, trace.total());
        losses.push(format!(
            "rates become whole packets at whole milliseconds: {carried} in a pass instead of {all}"
        ));
    }
    if last as f64 != trace.duration().millis() {
        let is = Seconds::from_millis(last as f64);
        losses.push(format!("a pass lasts until the last packet: {is} instead of {}", trace.duration()));
    }
    Ok(losses)
}

/// The output, one line per packet.
struct Lines<'a> {
    out: &'a mut dyn std::io::Write,
    last: u64,
    count: u64,
}

impl Lines<'_> {
    fn put(&mut self, ms: u64, copies: u64) -> Result<(), NetworkError> {
        for _ in 0..copies {
            writeln!(self.out, "{ms}").map_err(io)?;
            self.last = ms;
            self.count += 1;
        }
        Ok(())
    }
}

/// Packet k crosses in the millisecond in which the trace has carried k packets.
fn keep(trace: &Trace, packet: Bits, lines: &mut Lines<'_>) -> Result<(), NetworkError> {
    // Sums of rounded numbers miss a packet's end, or a millisecond's, by their last digits.
    let slack = packet * 1e-9;
    let mut next = packet;
    for (i, p) in trace.periods().iter().enumerate().filter(|(_, p)| p.rate > BitRate::ZERO) {
        let (start, end) = (trace.start_of(i), trace.start_of(i + 1));
        let (before, after) = (trace.bits_before(start), trace.bits_before(end));
        while next <= after + slack {
            let at = (start + ((next - before) / p.rate).max(Seconds::ZERO)).min(end);
            lines.put((at.millis() - 1e-6).ceil().max(1.0) as u64, 1)?;
            next = packet * (lines.count + 1) as f64;
        }
    }
    Ok(())
}

/// Pensieve's converter: every period begins with an empty packet, and the first line is 0.
fn drop_carry(trace: &Trace, packet: Bits, lines: &mut Lines<'_>) -> Result<(), NetworkError> {
    let mut ms: u64 = 1;
    lines.put(0, 1)?;
    for p in trace.periods() {
        let millis = p.duration.millis();
        if p.rate == BitRate::ZERO {
            ms += millis.ceil() as u64;
            continue;
        }
        // In the order of Pensieve's own arithmetic, whose rounding decides where a packet falls.
        let per_ms = p.rate.mbps() * 1e6 / 8.0 / packet.bytes() / 1000.0;
        let (mut into, mut sent) = (0.0, 0.0);
        while into < millis {
            into += 1.0;
            ms += 1;
            let packets = (into * per_ms - sent).floor();
            lines.put(ms, packets as u64)?;
            sent += packets;
        }
    }
    Ok(())
}
