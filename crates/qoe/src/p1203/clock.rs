//! The media clock of frames, and which of them each output second may look at (P.1203, clause 7.4).
//!
//! A segment is cut into `n` equal frames; a frame starts where the sum of the lengths before it ends. Which frame lies
//! before second t, and which fit into a window of 20 s, depends on how that sum *rounds*: 50 frames of 0.04 s end just
//! above or below 2. So the sum is that of the frames, one by one; but as adding the same number over and over moves by the
//! same step for as long as the sum stays between two powers of two, it is known in closed form there, and no loop over
//! frames is needed.

/// `frames` frames of `length` seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Run {
    pub(crate) frames: usize,
    pub(crate) length: f64,
}

/// Frames whose starts are equally far from each other, exactly.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// The first of them.
    frame: usize,
    start: f64,
    /// From one start to the next.
    step: f64,
}

/// Where every frame starts.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    runs: Vec<Run>,
    /// The first frame of every run.
    first: Vec<usize>,
    /// Never empty: the last one is the end of the last frame.
    pieces: Vec<Piece>,
    frames: usize,
    total: f64,
}

impl Clock {
    pub(crate) fn new(runs: impl IntoIterator<Item = Run>) -> Clock {
        let runs: Vec<Run> = runs.into_iter().filter(|r| r.frames > 0).collect();
        let mut first = Vec::with_capacity(runs.len());
        let mut pieces = Vec::with_capacity(2 * runs.len() + 8);
        let (mut at, mut frame) = (0.0f64, 0usize);
        for run in &runs {
            first.push(frame);
            let mut left = run.frames;
            while left > 0 {
                let next = at + run.length;
                let (step, again) = (next - at, (next + run.length) - next);
                let top = binade_end(at);
                // Not yet moving steadily: one frame at a time.
                let mut count = 1;
                if at > 0.0 && step == again && next < top {
                    count = (((top - at) / step) as usize).clamp(1, left);
                    while count < left && at + count as f64 * step < top {
                        count += 1;
                    }
                    while count > 1 && at + (count - 1) as f64 * step >= top {
                        count -= 1;
                    }
                }
                pieces.push(Piece { frame, start: at, step });
                at = (at + (count - 1) as f64 * step) + run.length;
                frame += count;
                left -= count;
            }
        }
        pieces.push(Piece { frame, start: at, step: 0.0 });
        Clock { runs, first, pieces, frames: frame, total: at }
    }

    pub(crate) fn frames(&self) -> usize {
        self.frames
    }

    /// Where frame `i` starts; the end of the last one for `frames()`.
    pub(crate) fn start(&self, i: usize) -> f64 {
        let k = self.pieces.partition_point(|p| p.frame <= i).max(1) - 1;
        let p = self.pieces[k];
        p.start + (i - p.frame) as f64 * p.step
    }

    /// The first frame that starts at `t` or later (`frames()` is the end of the last one); `frames() + 1` if even that
    /// lies before.
    fn at_or_after(&self, t: f64) -> usize {
        let k = self.pieces.partition_point(|p| p.start < t);
        if k == 0 {
            return 0;
        }
        let p = self.pieces[k - 1];
        let end = self.pieces.get(k).map_or(self.frames + 1, |n| n.frame);
        if p.step <= 0.0 {
            return end;
        }
        let mut i = (p.frame + ((t - p.start) / p.step) as usize).min(end);
        while i > p.frame && p.start + (i - 1 - p.frame) as f64 * p.step >= t {
            i -= 1;
        }
        while i < end && p.start + (i - p.frame) as f64 * p.step < t {
            i += 1;
        }
        i
    }

    /// The run that frame `i` belongs to.
    pub(crate) fn run_of(&self, i: usize) -> usize {
        self.first.partition_point(|f| *f <= i).max(1) - 1
    }

    pub(crate) fn first(&self, run: usize) -> usize {
        self.first[run]
    }

    pub(crate) fn last(&self, run: usize) -> usize {
        self.first[run] + self.runs[run].frames - 1
    }

    /// For every output second t = 1, 2, ...: the last frame that starts before t, and the half-open range of frames that
    /// its window holds.
    pub(crate) fn windows(&self) -> Vec<Window> {
        let whole = self.total.floor();
        let seconds = whole as usize + usize::from(self.total - whole > 0.99);
        let mut out = Vec::with_capacity(seconds);
        if self.frames == 0 {
            return out;
        }
        let mut held = Held { clock: self, sum: 0.0, first: 0, next: 0, old: 0, new: 0 };
        let mut after: Option<usize> = None;
        while out.len() < seconds {
            let t = (out.len() + 1) as f64;
            // While streaming, second t is scored by the first frame that ends 10 s behind it.
            let by = self.at_or_after(t + 10.0).saturating_sub(1).max(after.map_or(0, |a| a + 1));
            if by >= self.frames {
                break;
            }
            held.take(by);
            after = Some(by);
            out.push(self.window(t, held.first, by + 1));
        }
        held.take(self.frames - 1);
        let mut low = held.first;
        for second in out.len() + 1..=seconds {
            let t = second as f64;
            low = low.max(self.at_or_after(t - 10.0 - ROUNDING)).min(self.frames - 1);
            out.push(self.window(t, low, self.frames));
        }
        out
    }

    fn window(&self, t: f64, low: usize, high: usize) -> Window {
        Window { last: self.at_or_after(t).clamp(low + 1, high) - 1, low, high }
    }
}

/// Half of the fifth decimal: behind the end of the media, starts are compared as rounded to five.
const ROUNDING: f64 = 0.5e-5;

/// What an output second looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// The last frame that starts before it.
    pub(crate) last: usize,
    /// The first frame in the window.
    pub(crate) low: usize,
    /// The first frame behind the window.
    pub(crate) high: usize,
}

/// The power of two above a positive number.
fn binade_end(x: f64) -> f64 {
    let exponent = x.to_bits() & 0x7ff0_0000_0000_0000;
    2.0 * f64::from_bits(exponent)
}

/// The window of 20 s that slides over the frames: a frame that would make it longer drops the oldest one first.
struct Held<'a> {
    clock: &'a Clock,
    sum: f64,
    first: usize,
    /// The next frame to come.
    next: usize,
    /// The runs of `first` and `next`.
    old: usize,
    new: usize,
}

const SPAN: f64 = 20.0;

impl Held<'_> {
    fn take(&mut self, frame: usize) {
        let c = self.clock;
        while self.next <= frame {
            while c.last(self.new) < self.next {
                self.new += 1;
            }
            while c.last(self.old) < self.first {
                self.old += 1;
            }
            let (coming, oldest) = (c.runs[self.new].length, c.runs[self.old].length);
            let ahead = c.last(self.new).min(frame) + 1 - self.next;
            if self.sum + coming > SPAN {
                let steady = coming == oldest && (self.sum - oldest) + coming == self.sum;
                let count = if steady { ahead.min(c.last(self.old) + 1 - self.first) } else { 1 };
                self.sum = (self.sum - oldest) + coming;
                self.first += count;
                self.next += count;
            } else if self.first == 0 {
                // Nothing was dropped yet, so the sum is the clock's.
                let mut until =
                    c.at_or_after(SPAN - coming).saturating_sub(1).clamp(self.next, self.next + ahead);
                while until < self.next + ahead && c.start(until) + coming <= SPAN {
                    until += 1;
                }
                let until = until.max(self.next + 1);
                self.sum = c.start(until);
                self.next = until;
            } else {
                self.sum += coming;
                self.next += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, frame by frame.
    fn plain(runs: &[Run]) -> (Vec<f64>, Vec<Window>) {
        let lengths: Vec<f64> = runs.iter().flat_map(|r| vec![r.length; r.frames]).collect();
        let mut starts = vec![0.0];
        for l in &lengths {
            starts.push(starts[starts.len() - 1] + l);
        }
        let total = starts[lengths.len()];
        let before = |t: f64, low: usize, high: usize| {
            let found = starts[low..high].iter().filter(|s| **s < t).count();
            Window { last: (low + found).max(low + 1) - 1, low, high }
        };
        let (mut out, mut first, mut held) = (Vec::new(), 0, 0.0);
        for (j, l) in lengths.iter().enumerate() {
            if held + l > 20.0 {
                held -= lengths[first];
                first += 1;
            }
            held += l;
            let t = (out.len() + 1) as f64;
            if starts[j + 1] - 10.0 >= t {
                out.push(before(t, first, j + 1));
            }
        }
        let seconds = total.floor() as usize + usize::from(total - total.floor() > 0.99);
        out.truncate(seconds);
        for second in out.len() + 1..=seconds {
            let t = second as f64;
            while first + 1 < lengths.len() && starts[first] < t - 10.0 - ROUNDING {
                first += 1;
            }
            out.push(before(t, first, lengths.len()));
        }
        (starts, out)
    }

    fn check(runs: &[Run]) {
        let clock = Clock::new(runs.iter().copied());
        let (starts, windows) = plain(runs);
        for (i, s) in starts.iter().enumerate() {
            assert_eq!(clock.start(i).to_bits(), s.to_bits(), "frame {i} of {runs:?}");
        }
        if clock.frames() > 0 {
            assert_eq!(clock.windows(), windows, "{runs:?}");
        }
    }

    #[test]
    fn equals_the_sum_frame_by_frame() {
        let run = |frames, length| Run { frames, length };
        check(&[]);
        check(&[run(0, 0.1), run(1, 0.04)]);
        for fps in [8.0, 10.0, 12.5, 15.0, 23.976, 24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0, 100.0, 120.0] {
            check(&[run((fps * 61.3) as usize, 1.0 / fps)]);
            check(&[
                run((fps * 7.0) as usize, 1.0 / fps),
                run(900, 1.0 / 30.0),
                run((fps * 33.0) as usize, 1.0 / fps),
            ]);
        }
        // Half an ulp: ties to even.
        check(&[run(20_000, 0.001), run(3, 0.5 + f64::EPSILON), run(40, 0.25)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn equals_the_sum_for_any_runs(runs in prop::collection::vec((0usize..400, 5.0..121.0f64), 1..12)) {
            let runs: Vec<Run> = runs.into_iter().map(|(frames, fps)| Run { frames, length: 1.0 / fps }).collect();
            check(&runs);
        }
    }
}
