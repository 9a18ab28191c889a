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

use super::{Kind, Make, Place, auto_seconds, hand_on};
use crate::channel::{Channel, Stretch, Waits};

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
        let options = SlowStartOptions {
            rtt: auto_seconds(o, "rtt", 1e-6, 60.0)?,
            initial: Bits::from_bytes(o.number("initial", 500.0..=1e12)?),
            gain: o.number("gain", 1.01..=10.0)?,
            cap: match o.text("cap") {
                "none" => Bits::INFINITY,
                _ => Bits::from_bytes(o.number("cap", 500.0..=1e12)?),
            },
            restart: [Restart::Halve, Restart::Initial, Restart::Off]
                [o.choice("restart", &["rfc2861", "rfc5681", "off"])?],
            rto: auto_seconds(o, "rto", 1e-3, 3600.0)?,
        };
        Ok(Make::wrap(move |inner, _| SlowStart::new(inner, options)))
    },
};

/// What idling does to the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// It is halved for every timeout (RFC 2861).
    Halve,
    /// It is the initial one again (RFC 5681).
    Initial,
    /// Nothing.
    Off,
}

/// See the source of this impairment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlowStartOptions {
    /// Round trip; None for that of what is inside.
    pub rtt: Option<Seconds>,
    /// Initial window.
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

/// A connection over a channel.
#[derive(Clone, Debug)]
pub struct SlowStart<C> {
    inner: C,
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
}

impl<C: Channel> SlowStart<C> {
    /// A new connection.
    pub fn new(inner: C, options: SlowStartOptions) -> SlowStart<C> {
        let mut connection = SlowStart {
            inner,
            options,
            window: Bits::ZERO,
            full: false,
            credit: Bits::ZERO,
            round: None,
            silent: Seconds::ZERO,
            timeouts: 0.0,
        };
        connection.begin(options.initial);
        connection
    }

    /// The congestion window.
    pub fn window(&self) -> Bits {
        self.window
    }

    /// Whether it is in slow start.
    pub fn in_slow_start(&self) -> bool {
        !self.full
    }

    fn rtt(&self) -> Seconds {
        self.options.rtt.unwrap_or_else(|| self.inner.round_trip())
    }

    /// No window holds the flow back but the largest: the link is full, or acknowledgements take no time.
    fn free(&self) -> bool {
        self.full || self.rtt() <= Seconds::ZERO
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

    /// What is asked of the link: the window of the round, or the largest in every round trip.
    fn wanted(&self, demand: BitRate) -> BitRate {
        if self.free() {
            return demand.min(self.options.cap / self.rtt());
        }
        if self.credit > Bits::ZERO { demand } else { BitRate::ZERO }
    }

    /// When window or round end at this rate.
    fn ends(&self, rate: BitRate) -> (Seconds, Seconds) {
        if self.free() {
            return (Seconds::INFINITY, Seconds::INFINITY);
        }
        let sending = rate > BitRate::ZERO;
        let used_up = if sending { self.credit / rate } else { Seconds::INFINITY };
        let over = match self.round {
            Some(left) => left,
            None if sending => self.rtt(),
            None => Seconds::INFINITY,
        };
        (used_up, over)
    }

    /// A time passes at a rate. Window and round end where they do, and not where subtraction puts it.
    fn pass(&mut self, time: Seconds, rate: BitRate) {
        let (used_up, over) = self.ends(rate);
        let mut silent = time;
        if rate > BitRate::ZERO {
            (silent, self.silent, self.timeouts) = (Seconds::ZERO, Seconds::ZERO, 0.0);
            if self.free() {
                self.window = self.window.max((rate * self.rtt()).min(self.options.cap));
                return;
            }
            self.credit = if used_up <= time { Bits::ZERO } else { self.credit - rate * time };
            self.round = Some(over);
            // A window that lasts just as long as its round fills the link: after a restart from a full link windows are
            // halves of what it holds, so that this is no rare case, and rounding must not decide it.
            if used_up <= time && over - used_up <= self.rtt() * 1e-12 {
                (self.full, self.round) = (true, None);
                return;
            }
        } else if self.round.is_some() && self.credit <= Bits::ZERO {
            // Waiting for acknowledgements is no silence.
            silent = (time - over).max(Seconds::ZERO);
        }
        if let Some(left) = self.round {
            self.round = Some((left - time).max(Seconds::ZERO));
            if left <= time {
                self.end_round();
            }
        }
        if silent > Seconds::ZERO {
            self.keep_silent(silent);
        }
    }

    fn keep_silent(&mut self, time: Seconds) {
        self.silent += time;
        if self.options.restart == Restart::Off {
            return;
        }
        let rto = self.options.rto.unwrap_or_else(|| self.rtt() + Seconds::from_millis(200.0));
        let timeouts = (self.silent / rto).floor();
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

impl<C: Channel> Channel for SlowStart<C> {
    fn request(&mut self) -> Waits {
        let waits = self.inner.request();
        self.end_round();
        if waits.fresh {
            self.begin(self.options.initial);
        }
        waits
    }

    fn stretch(&self, demand: BitRate) -> Stretch {
        // Who asks for nothing waits for no window.
        if demand == BitRate::ZERO {
            return self.inner.stretch(demand);
        }
        let inner = self.inner.stretch(self.wanted(demand));
        let (used_up, over) = self.ends(inner.rate);
        inner.at_most(used_up.min(over))
    }

    fn spend(&mut self, time: Seconds, taken: BitRate) {
        self.pass(time, taken);
        self.inner.spend(time, taken);
    }

    fn cross(&mut self, demand: BitRate) {
        if demand == BitRate::ZERO {
            let holds = self.inner.stretch(demand).holds;
            self.pass(holds, BitRate::ZERO);
            return self.inner.cross(demand);
        }
        let wanted = self.wanted(demand);
        let inner = self.inner.stretch(wanted);
        let (used_up, over) = self.ends(inner.rate);
        let own = used_up.min(over);
        self.pass(own.min(inner.holds), inner.rate);
        if own < inner.holds {
            self.inner.spend(own, inner.rate);
        } else {
            self.inner.cross(wanted);
        }
    }

    fn rest(&mut self, time: Seconds) {
        self.end_round();
        self.keep_silent(time);
        self.inner.rest(time);
    }

    hand_on!(round_trip, periods);
}
