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

use super::text::shown;
use super::{
    Carry, Format, Head, Lines, Measurement, ReadOptions, Reader, Recording, Samples, WriteOptions, io, keys,
    latency_loss, name, quoted, wrap_loss,
};
use crate::packets::Collector;
use crate::{NetworkError, Trace};

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "mahimahi",
        about: "Mahimahi packet delivery opportunities: one millisecond per line",
        options: &[keys::PACKET, keys::LATENCY, keys::CARRY, keys::MOST_MB, keys::MEASURED],
    },
    unit: "packets (1500 bytes)",
    time_base: "milliseconds from the start",
    hold: "a packet's bits are spread over the millisecond that ends at its line",
    end: "loops, with the last time stamp as period",
    measures: Measurement::Capacity,
    detect,
    read: Reader::Lines(read),
    write: Some(write),
};

fn detect(head: &Head<'_>) -> Option<&'static str> {
    let digits = |line: &str| line.bytes().all(|b| b.is_ascii_digit());
    (head.all(digits) && digits(head.cut)).then_some("one whole number per line")
}

fn read(lines: &mut Lines<'_>, options: &ReadOptions) -> Result<Recording, NetworkError> {
    let mut packets = Collector::default();
    // The millisecond of the line before and its lines; those of millisecond 0.
    let (mut at, mut count, mut at_zero) = (0, 0u32, 0);
    let (mut first, mut gap) = (None, 0);
    while let Some((number, ms)) = next(lines)? {
        if ms == at {
            first.get_or_insert(ms);
            count = count.saturating_add(1);
            continue;
        }
        if ms < at {
            let expected = format!("at least the line before ({at})");
            return Err(NetworkError::input(number, "time_ms", quoted(&ms.to_string()), expected));
        }
        first.get_or_insert(ms);
        gap = gap.max(ms - at);
        match at {
            0 => at_zero = count,
            _ => packets.at(at, count),
        }
        (at, count) = (ms, 1);
    }
    let (count_of_lines, Some(first)) = (lines.number(), first) else {
        return Err(NetworkError::input(0, "the input", "empty", "one millisecond per line"));
    };
    if at == 0 {
        return Err(NetworkError::input(count_of_lines, "the last time_ms", "0", "a number above 0"));
    }
    packets.at(at, count.saturating_add(at_zero));
    let packet = Bits::from_bytes(f64::from(options.packet_bytes.max(1)));
    let trace = Trace::of_packets(name(options), packets.finish(packet, options.latency));
    let mean = |packet: Bits| (packet * count_of_lines as f64 / Seconds::from_millis(f64::from(at))).mbps();
    let rule = format!(
        "full 1-s bins [k,k+1) only (tail of < 1 s ignored); {} bit per line; mean_cycle uses all lines over last_ms",
        packet.get()
    );
    Ok(FORMAT
        .recording(trace, Samples::Packets { at_zero })
        .fact("n_records", count_of_lines)
        .fact("first_ms", first)
        .fact("last_ms", at)
        .fact("max_gap_ms", gap)
        .fact("bytes_per_opportunity", packet.bytes())
        .fact("mean_cycle_mbps", mean(packet))
        .fact("mean_cycle_mbps_1504", mean(Bits::from_bytes(1504.0)))
        .fact("segment_rule", rule))
}

#[inline]
fn next(lines: &mut Lines<'_>) -> Result<Option<(usize, u32)>, NetworkError> {
    if let Some(found) = lines.next_number() {
        return Ok(Some(found));
    }
    let Some((number, line)) = lines.next()? else { return Ok(None) };
    match millisecond(line) {
        Some(ms) => Ok(Some((number, ms))),
        None => {
            let expected = "a whole number from 0 to 4294967295";
            Err(NetworkError::input(number, "time_ms", shown(line), expected))
        }
    }
}

/// The whole number of a line.
fn millisecond(line: &[u8]) -> Option<u32> {
    let digits = !line.is_empty() && line.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(line).ok().filter(|_| digits)?.parse().ok()
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
    // The longest line is the last time stamp.
    let digits = (trace.duration().millis().max(1.0).log10() + 1.0).floor();
    let (packets, most) = (trace.total() / packet, options.most_mb);
    let mb = packets * (digits + 1.0) / 1e6;
    if mb > most {
        return refuse(
            format!("{packets:.0} packets of {} bytes, up to {mb:.0} MB", options.packet_bytes.max(1)),
            format!("at most {most} MB for this format (mahimahi:most_mb=... for more)"),
        );
    }
    let mut output = Output { out, last: 0, count: 0 };
    match options.carry {
        Carry::Keep => keep(trace, packet, &mut output)?,
        Carry::Drop => drop_carry(trace, packet, &mut output)?,
    }
    let (last, count) = (output.last, output.count);
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
struct Output<'a> {
    out: &'a mut dyn std::io::Write,
    last: u64,
    count: u64,
}

impl Output<'_> {
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
fn keep(trace: &Trace, packet: Bits, output: &mut Output<'_>) -> Result<(), NetworkError> {
    // Sums of rounded numbers miss a packet's end, or a millisecond's, by their last digits.
    let slack = packet * 1e-9;
    let mut next = packet;
    for (i, p) in trace.periods().iter().enumerate().filter(|(_, p)| p.rate > BitRate::ZERO) {
        let (start, end) = (trace.start_of(i), trace.start_of(i + 1));
        let (before, after) = (trace.bits_before(start), trace.bits_before(end));
        while next <= after + slack {
            let at = (start + ((next - before) / p.rate).max(Seconds::ZERO)).min(end);
            output.put((at.millis() - 1e-6).ceil().max(1.0) as u64, 1)?;
            next = packet * (output.count + 1) as f64;
        }
    }
    Ok(())
}

/// Pensieve's converter: every period begins with an empty packet, and the first line is 0.
fn drop_carry(trace: &Trace, packet: Bits, output: &mut Output<'_>) -> Result<(), NetworkError> {
    let mut ms: u64 = 1;
    output.put(0, 1)?;
    for p in trace.periods().iter() {
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
            output.put(ms, packets as u64)?;
            sent += packets;
        }
    }
    Ok(())
}
