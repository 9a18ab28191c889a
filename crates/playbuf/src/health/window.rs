//! The last ten seconds of a level, in slots.

use units::Seconds;

/// Slots in the window.
const SLOTS: usize = 100;
/// One more, of which the part counts that the window still covers.
const KEPT: usize = SLOTS + 1;
const SLOT: Seconds = Seconds::from_millis(100.0);
/// `ln(1 / 0.8)` per second: how fast an old level loses its weight.
const DECAY: f64 = 0.223_143_551_314_209_76;

/// What happened in 100 ms.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// The integral of the level, in s^2.
    area: f64,
    /// The lowest level in s.
    low: f32,
    /// Stalled seconds.
    stalled: f32,
}

const EMPTY: Slot = Slot { area: 0.0, low: f32::INFINITY, stalled: 0.0 };

/// A ring of slots that begins with the first update.
#[derive(Clone, Debug)]
pub(super) struct Window {
    slots: [Slot; KEPT],
    /// The number of the slot being filled, from the first update on, and its place in the ring.
    number: u64,
    place: usize,
    /// How much of it has passed, and when it is over.
    filled: Seconds,
    end: Seconds,
}

impl Default for Window {
    fn default() -> Window {
        Window { slots: [EMPTY; KEPT], number: 0, place: 0, filled: Seconds::ZERO, end: SLOT }
    }
}

/// The window in a few numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sums {
    /// The mean level.
    pub(super) mean: Seconds,
    /// The mean level with more weight on what is newer.
    pub(super) recent: Seconds,
    /// The lowest level.
    pub(super) low: Seconds,
    pub(super) stalled: Seconds,
    /// Least-squares slope of the level, in seconds per second.
    pub(super) trend: f64,
}

impl Sums {
    /// Where no time has passed, a level is all there is.
    pub(super) fn of_level(level: Seconds) -> Sums {
        Sums { mean: level, recent: level, low: level, stalled: Seconds::ZERO, trend: 0.0 }
    }
}

impl Window {
    /// The level holds from one time to another, both counted from the first update.
    #[inline]
    pub(super) fn hold(&mut self, from: Seconds, to: Seconds, level: Seconds, stalled: bool) {
        if to < self.end {
            self.add(to - from, level, stalled);
            self.filled += to - from;
        } else {
            self.cross(from, to, level, stalled);
        }
    }

    /// As [`Window::hold`], over the end of a slot.
    fn cross(&mut self, from: Seconds, to: Seconds, level: Seconds, stalled: bool) {
        let last = (to / SLOT) as u64;
        self.add(self.end - from, level, stalled);
        // What the window no longer covers need not be passed through.
        let next = (self.number + 1).max(last.saturating_sub(SLOTS as u64));
        for number in next..last {
            self.open(number);
            self.add(SLOT, level, stalled);
        }
        self.open(last);
        self.filled = (to - SLOT * last as f64).max(Seconds::ZERO);
        self.add(self.filled, level, stalled);
    }

    fn open(&mut self, number: u64) {
        self.number = number;
        self.end = SLOT * (number + 1) as f64;
        self.place = if self.place + 1 == KEPT { 0 } else { self.place + 1 };
        self.slots[self.place] = EMPTY;
    }

    #[inline]
    fn add(&mut self, time: Seconds, level: Seconds, stalled: bool) {
        // Rounding may leave a time a trifle below zero.
        if time > Seconds::ZERO {
            let slot = &mut self.slots[self.place];
            slot.area += level.get() * time.get();
            slot.low = slot.low.min(level.get() as f32);
            slot.stalled += if stalled { time.get() as f32 } else { 0.0 };
        }
    }

    /// The window now; `None` where no time has passed.
    pub(super) fn sums(&self) -> Option<Sums> {
        let filled = self.filled.min(SLOT);
        let slot = SLOT.get();
        let (mut width, mut age) = (filled.get(), 0.0);
        // The weight that is left at the age of `age`, and what a slot takes of it. An integral over exp(-DECAY age).
        let (mut left, per_slot) = (1.0, libm::exp(-DECAY * slot));
        let mut after = libm::exp(-DECAY * width);
        let (mut time, mut area, mut weight, mut weighed, mut stalled) = (0.0, 0.0, 0.0, 0.0, 0.0);
        // Times count backwards from now; sums of x, y, xx, xy.
        let (mut sx, mut sxx, mut sxy) = (0.0, 0.0, 0.0);
        let mut low = f32::INFINITY;
        let count = self.number.min(SLOTS as u64) as usize;
        let mut place = self.place;
        for back in 0..=count {
            let s = &self.slots[place];
            // The whole slot, but the newest is not over and the oldest half out of the window.
            let whole = if back == 0 { width } else { slot };
            if back == SLOTS {
                (width, after) = (slot - filled.get(), libm::exp(-DECAY * (SLOTS as f64) * slot));
            }
            if width > 0.0 && whole > 0.0 {
                let (level, share) = (s.area / whole, width / whole);
                let x = -(age + 0.5 * width);
                time += width;
                area += level * width;
                weight += left - after;
                weighed += level * (left - after);
                stalled += f64::from(s.stalled) * share;
                sx += x * width;
                sxx += x * x * width;
                sxy += x * level * width;
                low = low.min(s.low);
            }
            age += width;
            (left, width) = (after, slot);
            after *= per_slot;
            place = if place == 0 { KEPT - 1 } else { place - 1 };
        }
        // Less than a nanosecond is no time, and has no weight.
        if time <= 1e-9 {
            return None;
        }
        let spread = time * sxx - sx * sx;
        // Two slots at least: one has no slope.
        let trend = if spread > 1e-9 { (time * sxy - sx * area) / spread } else { 0.0 };
        Some(Sums {
            mean: Seconds::new(area / time),
            recent: Seconds::new(weighed / weight),
            low: Seconds::new(f64::from(low)),
            stalled: Seconds::new(stalled),
            trend,
        })
    }
}
