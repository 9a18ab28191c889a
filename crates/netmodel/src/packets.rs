//! Whole packets at whole milliseconds: how a trace of delivery opportunities (Mahimahi, CellReplay) is kept.
//!
//! A file of opportunities has a number per packet. As [`Period`]s with prefix sums, an isolated packet would cost seven
//! times its line: a millisecond with a packet, the pause before it, 28 bytes each. Here a period is the millisecond
//! at which it ends and the packets of each of its milliseconds, eight bytes, and all sums are sums of whole numbers, so
//! they are exact.

use units::{BitRate, Bits, Seconds};

use crate::period::Period;

/// Every how many periods the packets before them are remembered.
const MARK: usize = 16;

/// Periods of whole milliseconds with the same number of packets in each; never empty.
#[derive(Clone, Debug)]
pub(crate) struct Packets {
    packet: Bits,
    latency: Seconds,
    /// The millisecond at which a period ends, ascending, and the packets of each of its milliseconds.
    runs: Vec<(u32, u32)>,
    /// The packets before every [`MARK`]th period, and all of them.
    marks: Vec<u64>,
    total: u64,
}

/// Room for one more, a quarter at a time: what a reader keeps is to stay near what it needs.
pub(crate) fn grow<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 4).max(4));
    }
}

/// Collects the packets of a file in the order of its lines.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    runs: Vec<(u32, u32)>,
}

impl Collector {
    /// So many packets in each of the milliseconds up to `end`, which is behind all before.
    fn push(&mut self, end: u32, packets: u32) {
        match self.runs.last_mut() {
            Some((last, same)) if *same == packets => *last = end,
            _ => {
                grow(&mut self.runs);
                self.runs.push((end, packets));
            }
        }
    }

    /// So many packets in the millisecond that ends at `ms`, which is above 0 and behind all before.
    pub(crate) fn at(&mut self, ms: u32, packets: u32) {
        if self.runs.last().map_or(0, |r| r.0) + 1 < ms {
            self.push(ms - 1, 0);
        }
        self.push(ms, packets);
    }

    /// The packets; `at` has been called.
    pub(crate) fn finish(mut self, packet: Bits, latency: Seconds) -> Packets {
        self.runs.shrink_to_fit();
        let mut marks = Vec::with_capacity(self.runs.len() / MARK + 1);
        let (mut total, mut start) = (0, 0);
        for (i, (end, packets)) in self.runs.iter().enumerate() {
            if i % MARK == 0 {
                marks.push(total);
            }
            total += u64::from(end - start) * u64::from(*packets);
            start = *end;
        }
        Packets { packet, latency, runs: self.runs, marks, total }
    }
}

impl Packets {
    /// The size of one.
    pub(crate) fn packet(&self) -> Bits {
        self.packet
    }

    pub(crate) fn last_ms(&self) -> u32 {
        self.runs.last().map_or(0, |r| r.0)
    }

    /// How many there are.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// How many there are in each full second, those of the milliseconds `[1000 k, 1000 k + 1000)`: `(packets, seconds)`
    /// for as many seconds in a row, so that a pause costs nothing however long it is.
    pub(crate) fn per_second(&self) -> Vec<(u64, u32)> {
        let seconds = self.last_ms() / 1000;
        let mut counts: Vec<(u64, u32)> = Vec::new();
        let mut push = |packets: u64, seconds: u32| match counts.last_mut() {
            Some((same, times)) if *same == packets => *times += seconds,
            _ => counts.push((packets, seconds)),
        };
        // The milliseconds of a period are those *at* which its packets are complete: behind its start, up to its end.
        let (mut next, mut second, mut count) = (1u64, 0, 0);
        for (end, packets) in &self.runs {
            let (packets, past) = (u64::from(*packets), u64::from(*end) + 1);
            while next < past && second < seconds {
                let second_end = (u64::from(second) + 1) * 1000;
                let until = past.min(second_end);
                count += (until - next) * packets;
                next = until;
                if next == second_end {
                    push(std::mem::take(&mut count), 1);
                    second += 1;
                    // Whole seconds within one period are all alike.
                    let alike = ((past - next) / 1000).min(u64::from(seconds - second)) as u32;
                    if alike > 0 {
                        push(1000 * packets, alike);
                    }
                    (second, next) = (second + alike, next + 1000 * u64::from(alike));
                }
            }
        }
        counts
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.runs.len()
    }

    #[inline]
    fn start_ms(&self, index: usize) -> u32 {
        if index == 0 { 0 } else { self.runs[index - 1].0 }
    }

    #[inline]
    pub(crate) fn start_of(&self, index: usize) -> Seconds {
        Seconds::from_millis(f64::from(self.start_ms(index)))
    }

    #[inline]
    pub(crate) fn period(&self, index: usize) -> Option<Period> {
        (index < self.runs.len()).then(|| self.at(index))
    }

    #[inline]
    pub(crate) fn at(&self, index: usize) -> Period {
        let (end, packets) = self.runs[index];
        let duration = Seconds::from_millis(f64::from(end - self.start_ms(index)));
        // A millisecond is the unit of time inside, so packets per millisecond times bits are kbit/s, exactly.
        let rate = BitRate::from_kbps(self.packet.get() * f64::from(packets));
        Period { duration, rate, latency: self.latency }
    }

    /// The packets before period `index`, counted from the mark before it.
    fn before(&self, index: usize) -> u64 {
        if index == self.runs.len() {
            return self.total;
        }
        let mark = index / MARK;
        (mark * MARK..index).fold(self.marks[mark], |sum, i| sum + self.of_period(i))
    }

    fn of_period(&self, index: usize) -> u64 {
        let (end, packets) = self.runs[index];
        u64::from(end - self.start_ms(index)) * u64::from(packets)
    }

    pub(crate) fn carried(&self, index: usize) -> Bits {
        self.packet * self.before(index) as f64
    }

    /// The period that holds at `at`; one past the end behind it.
    pub(crate) fn period_at(&self, at: Seconds) -> usize {
        self.runs.partition_point(|r| f64::from(r.0) <= at.millis())
    }

    /// The period in which the first `bits` are complete.
    pub(crate) fn carrying(&self, bits: Bits) -> usize {
        let size = |packets: u64| self.packet * packets as f64;
        let mark = self.marks.partition_point(|m| size(*m) < bits).max(1) - 1;
        let (mut index, mut sum) = (mark * MARK, self.marks[mark]);
        while index + 1 < self.runs.len() {
            sum += self.of_period(index);
            if size(sum) >= bits {
                break;
            }
            index += 1;
        }
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Trace;
    use proptest::prelude::*;

    proptest! {
        /// Kept as packets or as periods, a trace gives the same answers.
        #[test]
        fn packets_are_periods(
            runs in prop::collection::vec((prop_oneof![9 => 1u32..50, 1 => 1u32..6000], 0u32..4), 1..80),
            asked in prop::collection::vec(0.0..1.0f64, 8),
        ) {
            let mut collector = Collector::default();
            let mut ms = 0;
            for (gap, packets) in runs {
                ms += gap;
                collector.at(ms, packets);
            }
            let packets = collector.finish(Bits::from_bytes(1500.0), Seconds::new(0.02));
            let kept = Trace::of_packets("t", packets);
            let periods = Trace::new("t", kept.periods().iter().collect()).expect("valid");
            // Millisecond by millisecond: the packets of a period are complete at each of its ends.
            let mut seconds = vec![0; (kept.duration().get() as usize).max(1)];
            let mut at = 0;
            for p in kept.periods().iter() {
                for _ in 0..p.duration.millis() as usize {
                    at += 1;
                    if let Some(second) = seconds.get_mut(at / 1000) {
                        *second += (p.rate.kbps() / 12_000.0) as u64;
                    }
                }
            }
            if kept.duration().get() >= 1.0 {
                let counted = kept.packets().expect("packets").per_second();
                let counted: Vec<u64> =
                    counted.iter().flat_map(|(n, times)| std::iter::repeat_n(*n, *times as usize)).collect();
                prop_assert_eq!(counted, seconds);
            }
            prop_assert_eq!(&kept, &periods);
            prop_assert_eq!(kept.total(), periods.total());
            for share in asked {
                let (at, bits) = (kept.duration() * (2.5 * share), kept.total() * (2.5 * share));
                prop_assert_eq!(kept.period_at(at), periods.period_at(at));
                prop_assert_eq!(kept.bits_before(at), periods.bits_before(at));
                prop_assert_eq!(kept.time_to_deliver(at, bits), periods.time_to_deliver(at, bits));
            }
            for i in 0..=kept.periods().len() {
                prop_assert_eq!(kept.start_of(i), periods.start_of(i));
            }
        }
    }
}
