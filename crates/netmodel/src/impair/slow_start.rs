//! `slow-start`: a connection begins with a small window, multiplies it every round trip until the link is full, and does so
//! again after it was idle.
//!
//! # The model
//!
//! In a round (one round trip R) the flow gets at most a window of W bytes, as fast as the link carries them; then it waits
//! for the end of the round, when the acknowledgements are back and the window is larger by (gain - 1) times what was carried.
//! A round that ends before its window is used up shows that the link is full: slow start is over, and the flow
//! follows the link. The first window is `initial`; the largest is `cap`, which then limits the flow to cap / R.
//!
//! On a constant link of C bytes a second, with n = max(0, ceil(log_gain(C R / initial))) and S_m = initial (gain^m - 1) /
//! (gain - 1), that makes T(S) = R + m R + (S - S_m) / C, with m the largest of 0..=n for which S_m < S. Here it runs on the
//! real trace.
//!
//! A flow without a bit for longer than the retransmission timeout, between requests or in an outage, restarts:
//!
//! | restart | window afterwards | source |
//! |---|---|---|
//! | `rfc2861` | half of it for every timeout that passed, the initial one at least | RFC 2861; Linux with `tcp_slow_start_after_idle`, its default |
//! | `rfc5681` | the initial one | RFC 5681 section 4.1 |
//! | `off` | as before | Linux without it |
//!
//! Time without a bit includes the request's own latency, as at the sender.
//!
//! # The constants
//!
//! `initial`: 10 segments of 1460 bytes (RFC 6928). `gain`: 2; 1.5 with delayed acknowledgements that are not counted in bytes.
//! `rto`: R + 200 ms, which is what Linux has on a steady path (its variance term is 200 ms at least). `cap`: none; in
//! SIGCOMM 2021's 5G artifact one connection of default TCP behaves as with 2 to 6 MB.
//!
//! # Known deviations
//!
//! Behind slow start, congestion avoidance is taken to follow the link; see `loss` for its ceiling. Slow start does not
//! overshoot, and no packet is lost in it. A window that was not used up grows by what was, also where a kernel would keep it.

use spec::{Entry, opt};
use units::{BitRate, Bits, Seconds};

use super::{Kind, Make, Place, auto_seconds};
use crate::channel::Channel;
use crate::limit::{Ends, FlowLimit, Lasts, Limited};

pub(super) static KIND: Kind = Kind {
    entry: Entry {
        name: "slow-start",
        about: "slow start of TCP or QUIC, restart after idle, largest window",
        options: &[
            opt("rtt", "auto", "round trip in s; auto: that of the link"),
            opt("initial", "14600", "initial window in bytes"),
            opt("gain", "2", "factor on the window per round trip"),
            opt("cap", "none", "largest window in bytes"),
            opt("restart", "rfc2861", "after idle: rfc2861, rfc5681 or off"),
            opt("rto", "auto", "s without a bit that restart it; auto: round trip + 0.2"),
        ],
    },
    place: Place::Flow,
    make: |o| {
        let restarts = [("rfc2861", Restart::Halve), ("rfc5681", Restart::Initial), ("off", Restart::Off)];
        let options = SlowStartOptions {
            rtt: auto_seconds(o, "rtt", 1e-6, 60.0)?,
            initial: Bits::from_bytes(o.number("initial", 500.0..=1e12)?),
            gain: o.number("gain", 1.01..=10.0)?,
            cap: match o.text("cap") {
                "none" => Bits::INFINITY,
                _ => Bits::from_bytes(o.number("cap", 500.0..=1e12)?),
            },
            restart: o.choice("restart", &restarts)?,
            rto: auto_seconds(o, "rto", 1e-3, 3600.0)?,
        };
        Ok(Make::limit(move |_| Window::new(options)))
    },
};

/// What idling does to the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// It is halved for every timeout (RFC 2861).
    Halve,
    /// It is the initial one again (RFC 5681).
    Initial,
    Off,
}

/// The options of `slow-start`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlowStartOptions {
    /// Round trip; None for that of what is inside.
    pub rtt: Option<Seconds>,
    pub initial: Bits,
    /// Factor on the window per round; above 1.
    pub gain: f64,
    /// Largest window.
    pub cap: Bits,
    /// What idling does.
    pub restart: Restart,
    /// After how long without a bit; None for a round trip and 200 ms.
    pub rto: Option<Seconds>,
}

impl Default for SlowStartOptions {
    fn default() -> SlowStartOptions {
        SlowStartOptions {
            rtt: None,
            initial: Bits::from_bytes(14_600.0),
            gain: 2.0,
            cap: Bits::INFINITY,
            restart: Restart::Halve,
            rto: None,
        }
    }
}

/// The congestion window of one connection.
#[derive(Clone, Debug)]
pub struct Window {
    options: SlowStartOptions,
    window: Bits,
    /// Slow start is over.
    full: bool,
    /// What is left of the window in this round.
    credit: Bits,
    /// What is left of the round; None before its first bit.
    round: Option<Seconds>,
    /// How long the flow has been without a bit, and how many timeouts of it have been answered.
    silent: Seconds,
    timeouts: f64,
    /// The round trip as it was last measured: an idle sender measures none.
    measured: Seconds,
}

/// A connection over a channel.
pub type SlowStart<C> = Limited<C, Window>;

impl<C: Channel> SlowStart<C> {
    /// A new connection.
    pub fn new(inner: C, options: SlowStartOptions) -> SlowStart<C> {
        Limited::around(inner, Window::new(options))
    }

    /// The congestion window.
    pub fn window(&self) -> Bits {
        self.limit().window
    }

    /// Whether it is in slow start.
    pub fn in_slow_start(&self) -> bool {
        !self.limit().full
    }
}

impl Window {
    /// That of a new connection.
    pub fn new(options: SlowStartOptions) -> Window {
        let mut window = Window {
            options,
            window: Bits::ZERO,
            full: false,
            credit: Bits::ZERO,
            round: None,
            silent: Seconds::ZERO,
            timeouts: 0.0,
            measured: Seconds::ZERO,
        };
        window.begin(options.initial);
        window
    }

    fn rtt(&self, rtt: Seconds) -> Seconds {
        self.options.rtt.unwrap_or(rtt)
    }

    /// No window holds the flow back but the largest: the link is full, or acknowledgements take no time.
    fn free(&self, rtt: Seconds) -> bool {
        self.full || rtt <= Seconds::ZERO
    }

    /// Slow start from a window on.
    fn begin(&mut self, window: Bits) {
        self.window = window.min(self.options.cap);
        self.full = self.window >= self.options.cap;
        self.credit = self.window;
        self.round = None;
    }

    /// The round is over, or nobody waits for the rest of it.
    fn end_round(&mut self) {
        if self.round.is_some() && !self.full {
            if self.credit > Bits::ZERO && self.round == Some(Seconds::ZERO) {
                self.full = true;
            } else {
                let carried = self.window - self.credit;
                self.begin(self.window + (self.options.gain - 1.0) * carried);
            }
        }
        self.round = None;
    }

    /// Bits are carried. True if the round goes on.
    fn send(&mut self, time: Seconds, rate: BitRate, rtt: Seconds, end: Ends) -> bool {
        (self.silent, self.timeouts) = (Seconds::ZERO, 0.0);
        if self.free(rtt) {
            self.window = self.window.max((rate * rtt).min(self.options.cap));
            return false;
        }
        let over = self.round.unwrap_or(rtt);
        // Where another limit ends at the same moment, rounding must not leave a crumb of the window: a window that is not
        // used up means that the link is full.
        let left = self.credit - rate * time;
        let used_up = end.bits || left <= self.window * 1e-12;
        self.credit = if used_up { Bits::ZERO } else { left };
        self.round = Some(over);
        // A window that lasts just as long as its round fills the link: after a restart from a full link windows are
        // halves of what it holds, so that this is no rare case, and rounding must not decide it.
        if used_up && over - time <= rtt * 1e-12 {
            (self.full, self.round) = (true, None);
            return false;
        }
        true
    }

    fn keep_silent(&mut self, time: Seconds) {
        self.silent += time;
        if self.options.restart == Restart::Off {
            return;
        }
        let rto = self.options.rto.unwrap_or_else(|| self.measured + Seconds::from_millis(200.0));
        // A silence of exactly so many timeouts is no rare case (a gap of 0.9 s, and 0.3 s of timeout), and it may be told in
        // parts whose sum is a rounding short: rounding must not decide it.
        let timeouts = (self.silent / rto * (1.0 + 1e-12)).floor();
        if timeouts <= self.timeouts {
            return;
        }
        let halvings =
            if self.options.restart == Restart::Halve { timeouts - self.timeouts } else { f64::INFINITY };
        self.timeouts = timeouts;
        let least = self.options.initial.min(self.window);
        self.begin((self.window * libm::exp2(-halvings)).max(least));
    }
}

impl FlowLimit for Window {
    fn request(&mut self, fresh: bool) {
        self.end_round();
        if fresh {
            self.begin(self.options.initial);
        }
    }

    /// The window of the round, or the largest in every round trip.
    fn wanted(&self, demand: BitRate, rtt: Seconds) -> BitRate {
        let rtt = self.rtt(rtt);
        if self.free(rtt) {
            return demand.min(self.options.cap / rtt);
        }
        if self.credit > Bits::ZERO { demand } else { BitRate::ZERO }
    }

    /// Who asks for nothing waits for no window.
    fn lasts(&self, demand: BitRate, sending: bool, rtt: Seconds) -> Lasts {
        let rtt = self.rtt(rtt);
        if demand == BitRate::ZERO || self.free(rtt) {
            return Lasts::EVER;
        }
        let first = if sending { rtt } else { Seconds::INFINITY };
        Lasts { time: self.round.unwrap_or(first), bits: self.credit, ..Lasts::EVER }
    }

    fn pass(&mut self, time: Seconds, rate: BitRate, rtt: Seconds, end: Ends) {
        let rtt = self.rtt(rtt);
        self.measured = rtt;
        let mut silent = time;
        if rate > BitRate::ZERO {
            silent = Seconds::ZERO;
            if !self.send(time, rate, rtt, end) {
                return;
            }
        } else if let Some(left) = self.round.filter(|_| self.credit <= Bits::ZERO) {
            // Waiting for acknowledgements is no silence.
            silent = (time - left).max(Seconds::ZERO);
        }
        if let Some(left) = self.round {
            let over = end.time || left <= time;
            self.round = Some(if over { Seconds::ZERO } else { left - time });
            if over {
                self.end_round();
            }
        }
        if silent > Seconds::ZERO {
            self.keep_silent(silent);
        }
    }

    fn rest(&mut self, time: Seconds) {
        self.end_round();
        self.keep_silent(time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0.9 s are three timeouts of 0.3 s, in however many parts they are told.
    #[test]
    fn a_silence_of_whole_timeouts_is_the_same_in_parts() {
        let options = SlowStartOptions {
            initial: Bits::from_bytes(1000.0),
            rto: Some(Seconds::from_millis(300.0)),
            ..SlowStartOptions::default()
        };
        let after = |parts: u32| {
            let mut window = Window::new(options);
            window.begin(Bits::from_bytes(100_000.0));
            let part = Seconds::from_millis(900.0) / f64::from(parts);
            (0..parts).for_each(|_| window.rest(part));
            window.window
        };
        assert_eq!(after(1), Bits::from_bytes(12_500.0));
        for parts in 2..200 {
            assert_eq!(after(parts), after(1), "{parts} parts");
        }
    }
}
