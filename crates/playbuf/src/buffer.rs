//! The state machine.

use std::collections::VecDeque;

use units::Seconds;

/// What playback is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing has been shown yet.
    Startup,
    /// Media is being shown.
    Playing,
    /// Playback stands still against the viewer's wish.
    Stalled,
    /// Playback stands still because the viewer wants it to.
    Paused,
    /// Everything has been shown.
    Ended,
}

/// Why playback stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StallCause {
    /// The buffer ran dry.
    Rebuffer,
    /// A seek left the buffered range.
    Seek,
}

/// When playback starts, resumes and counts as stalled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BufferOptions {
    /// Playback starts once this much media is buffered (at least one segment, or all there is).
    pub start: Seconds,
    /// After a stall, playback resumes once this much media is buffered (at least one segment, or all there is).
    pub resume: Seconds,
    /// A gap up to this is the rounding of a buffer that ran dry exactly when it was refilled, not a stall.
    pub resolution: Seconds,
}

impl Default for BufferOptions {
    /// One segment starts and resumes playback; a gap below a nanosecond is rounding.
    fn default() -> BufferOptions {
        BufferOptions { start: Seconds::ZERO, resume: Seconds::ZERO, resolution: Seconds::from_millis(1e-6) }
    }
}

/// Who wants to know what happens during playback. `at` is the buffer's clock.
pub trait BufferObserver<T> {
    /// The first frame is shown.
    fn started(&mut self, at: Seconds) {
        let _ = at;
    }
    /// A segment begins to play.
    fn segment(&mut self, at: Seconds, tag: &T) {
        let _ = (at, tag);
    }
    /// Playback stops against the viewer's wish. `ran_dry`: the buffer still held something when this stretch of time
    /// began; otherwise it had been empty already.
    fn stalled(&mut self, at: Seconds, cause: StallCause, ran_dry: bool) {
        let _ = (at, cause, ran_dry);
    }
    /// Playback goes on after a stall (or ends in it).
    fn resumed(&mut self, at: Seconds) {
        let _ = at;
    }
    /// A stretch of playback is over in which a segment began or ended.
    fn boundary(&mut self, at: Seconds) {
        let _ = at;
    }
}

/// Nobody watches.
impl<T> BufferObserver<T> for () {}

/// The playback buffer: a queue of segments (each with a tag of type `T`), of which the first is being played. A second medium
/// may have a queue of its own beside it ([`companion`](PlaybackBuffer::companion)): playback needs both.
#[derive(Clone, Debug)]
pub struct PlaybackBuffer<T> {
    options: BufferOptions,
    queue: VecDeque<(Seconds, T)>,
    /// The last segment of the queue is not whole yet: playback waits at its end.
    open: bool,
    /// The second medium: what of it is buffered and not yet played.
    companion: Option<Companion>,
    state: State,
    /// What to go back to after a pause.
    before_pause: State,
    /// No more segments will come.
    complete: bool,
    rate: f64,
    /// Media of the first segment that has been played.
    head: Seconds,
    /// The level is `base * queue.len() + extra - head`: exact for equal durations, however many were played.
    base: Seconds,
    extra: Seconds,
    clock: Seconds,
    startup: Seconds,
    played: Seconds,
    stalled: Seconds,
    paused: Seconds,
    stalls: usize,
    /// Time since the buffer is empty that was taken for rounding so far.
    gap: Seconds,
    /// Integral of the level over time, in seconds squared.
    area: f64,
}

/// A second medium that is played in step with the first.
#[derive(Clone, Copy, Debug)]
struct Companion {
    level: Seconds,
    /// No more of it will come: its end stops nothing.
    complete: bool,
}

impl<T> PlaybackBuffer<T> {
    /// An empty buffer before startup, its clock at zero, its playback rate 1.
    pub fn new(options: BufferOptions) -> PlaybackBuffer<T> {
        PlaybackBuffer {
            options,
            queue: VecDeque::new(),
            open: false,
            companion: None,
            state: State::Startup,
            before_pause: State::Startup,
            complete: false,
            rate: 1.0,
            head: Seconds::ZERO,
            base: Seconds::ZERO,
            extra: Seconds::ZERO,
            clock: Seconds::ZERO,
            startup: Seconds::ZERO,
            played: Seconds::ZERO,
            stalled: Seconds::ZERO,
            paused: Seconds::ZERO,
            stalls: 0,
            gap: Seconds::ZERO,
            area: 0.0,
        }
    }

    /// Media that is buffered and not yet played.
    #[inline]
    pub fn level(&self) -> Seconds {
        self.base * self.count() + self.extra - self.head
    }

    /// Segments in the buffer as a number to calculate with: from 32 bits it is had in one instruction.
    #[inline]
    fn count(&self) -> f64 {
        f64::from(self.queue.len() as u32)
    }

    /// Media of the second medium that is buffered and not yet played; None where there is none.
    #[inline]
    pub fn companion_level(&self) -> Option<Seconds> {
        self.companion.map(|c| c.level)
    }

    /// Media that can be played without more coming: the level, or the second medium's where that is less.
    #[inline]
    pub fn playable(&self) -> Seconds {
        match self.companion {
            Some(Companion { level, complete: false }) => self.level().min(level),
            _ => self.level(),
        }
    }

    /// The level after so much more time: what [`advance`](PlaybackBuffer::advance) would leave, without advancing.
    #[inline]
    pub fn level_after(&self, time: Seconds) -> Seconds {
        let level = self.level();
        if self.state != State::Playing {
            return level;
        }
        let played = match self.companion {
            Some(_) => (time * self.rate).min(self.playable()),
            None => time * self.rate,
        };
        (level - played).max(Seconds::ZERO)
    }

    /// How long playback goes on without more coming; infinite while it stands still.
    pub fn dry_in(&self) -> Seconds {
        match self.state {
            State::Playing if !self.complete => self.playable() / self.rate,
            _ => Seconds::INFINITY,
        }
    }

    /// What playback is doing.
    #[inline]
    pub fn state(&self) -> State {
        self.state
    }

    /// The options it was made with.
    pub fn options(&self) -> &BufferOptions {
        &self.options
    }

    /// Segments in the buffer, the one being played included.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether no segment is in the buffer.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// The tags of the segments in the buffer, the one being played first.
    pub fn tags(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.queue.iter().map(|(_, tag)| tag)
    }

    /// How much of the first segment has been played.
    pub fn head(&self) -> Seconds {
        self.head
    }

    /// Time since the beginning; startup, stalls and pauses included.
    #[inline]
    pub fn clock(&self) -> Seconds {
        self.clock
    }

    /// Time before the first frame.
    pub fn startup(&self) -> Seconds {
        self.startup
    }

    /// Media that has been played.
    pub fn played(&self) -> Seconds {
        self.played
    }

    /// Time in stalls.
    #[inline]
    pub fn stalled(&self) -> Seconds {
        self.stalled
    }

    /// Time in pauses.
    pub fn paused(&self) -> Seconds {
        self.paused
    }

    /// How many stalls have begun.
    pub fn stalls(&self) -> usize {
        self.stalls
    }

    /// The integral of the level over time, in s^2; over the clock it is the mean level.
    pub fn level_integral(&self) -> f64 {
        self.area
    }

    /// Media seconds played per second.
    #[inline]
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Sets the playback rate; what is not a positive finite number is ignored.
    pub fn set_rate(&mut self, rate: f64) {
        if rate > 0.0 && rate.is_finite() {
            self.rate = rate;
        }
    }

    /// Adds a segment behind the last one, which may start or resume playback.
    #[inline(always)]
    pub fn append(&mut self, duration: Seconds, tag: T, observer: &mut impl BufferObserver<T>) {
        if self.base == Seconds::ZERO {
            self.base = duration;
        }
        self.extra += duration - self.base;
        self.queue.push_back((duration, tag));
        self.gap = Seconds::ZERO;
        if self.state != State::Playing {
            self.try_to_play(observer);
        }
    }

    /// Adds the first part of a segment; [`extend`](PlaybackBuffer::extend) brings the rest. Playback waits at the end of
    /// what is there.
    pub fn append_part(&mut self, part: Seconds, tag: T, observer: &mut impl BufferObserver<T>) {
        self.open = true;
        self.append(part, tag, observer);
    }

    /// Adds more of the segment that [`append_part`](PlaybackBuffer::append_part) began; `last`: now it is whole.
    pub fn extend(&mut self, part: Seconds, last: bool, observer: &mut impl BufferObserver<T>) {
        if !self.open {
            return;
        }
        self.gap = Seconds::ZERO;
        if let Some((duration, _)) = self.queue.back_mut() {
            *duration += part;
            self.extra += part;
        }
        self.open = !last;
        if self.state != State::Playing {
            self.try_to_play(observer);
        }
    }

    /// From now on a second medium is needed to play.
    pub fn companion(&mut self) {
        self.companion = Some(Companion { level: Seconds::ZERO, complete: false });
    }

    /// Adds media of the second medium.
    pub fn append_companion(&mut self, media: Seconds, observer: &mut impl BufferObserver<T>) {
        if let Some(c) = &mut self.companion {
            c.level += media;
        }
        self.gap = Seconds::ZERO;
        if self.state != State::Playing {
            self.try_to_play(observer);
        }
    }

    /// No more of the second medium will come.
    pub fn complete_companion(&mut self, observer: &mut impl BufferObserver<T>) {
        if let Some(c) = &mut self.companion {
            c.complete = true;
        }
        if self.state != State::Playing {
            self.try_to_play(observer);
        }
    }

    /// Drops up to `most` of the second medium's media, from its end. What was dropped.
    pub fn discard_companion(&mut self, most: Seconds) -> Seconds {
        let Some(c) = &mut self.companion else { return Seconds::ZERO };
        let dropped = most.min(c.level);
        c.level -= dropped;
        c.complete &= dropped <= Seconds::ZERO;
        dropped
    }

    /// Drops up to `most` segments from the end that have not begun to play. How many were dropped.
    pub fn discard(&mut self, most: usize) -> usize {
        let begun = usize::from(self.head > Seconds::ZERO);
        let n = most.min(self.queue.len().saturating_sub(begun));
        for _ in 0..n {
            if let Some((duration, _)) = self.queue.pop_back() {
                self.extra -= duration - self.base;
            }
            self.open = false;
        }
        self.complete &= n == 0;
        n
    }

    /// No more segments will come: what is buffered plays out, thresholds no longer hold, and then playback ends.
    pub fn complete(&mut self, observer: &mut impl BufferObserver<T>) {
        self.complete = true;
        self.try_to_play(observer);
    }

    /// Starts or resumes with what is buffered, whatever the thresholds say: nothing more fits into the buffer.
    pub fn play_what_is_there(&mut self, observer: &mut impl BufferObserver<T>) {
        if self.playable() > Seconds::ZERO {
            self.play_on(observer);
        }
    }

    fn try_to_play(&mut self, observer: &mut impl BufferObserver<T>) {
        let threshold = match self.state {
            State::Startup => self.options.start,
            State::Stalled => self.options.resume,
            _ => return,
        };
        if self.queue.is_empty() {
            if self.complete {
                self.state = State::Ended;
            }
        } else if self.companion.is_some_and(|c| !c.complete && c.level <= Seconds::ZERO) {
            // Nothing is heard yet.
        } else if self.complete || self.playable() >= threshold {
            self.play_on(observer);
        }
    }

    fn play_on(&mut self, observer: &mut impl BufferObserver<T>) {
        match self.state {
            State::Startup => observer.started(self.clock),
            State::Stalled => observer.resumed(self.clock),
            _ => return,
        }
        self.state = State::Playing;
    }

    /// The viewer pauses.
    pub fn pause(&mut self) {
        if !matches!(self.state, State::Paused | State::Ended) {
            self.before_pause = self.state;
            self.state = State::Paused;
        }
    }

    /// The viewer plays on after a pause.
    pub fn unpause(&mut self, observer: &mut impl BufferObserver<T>) {
        if self.state == State::Paused {
            self.state = self.before_pause;
            self.try_to_play(observer);
        }
    }

    /// Jumps out of the buffered range: everything is dropped, and playback stands still until the buffer resumes it.
    pub fn seek(&mut self, observer: &mut impl BufferObserver<T>) {
        self.clear();
        self.complete = false;
        if matches!(self.state, State::Playing | State::Ended) {
            self.stall(StallCause::Seek, true, observer);
        }
    }

    /// Exchanges the tag of a segment that has not begun to play, counted from the last one (0). False if there is none.
    pub fn replace(&mut self, from_end: usize, tag: T) -> bool {
        let n = self.queue.len();
        let begun = usize::from(self.head > Seconds::ZERO);
        if from_end + begun >= n {
            return false;
        }
        self.queue[n - 1 - from_end].1 = tag;
        true
    }

    /// Lets `time` pass. After the end it does nothing.
    #[inline(always)]
    pub fn advance(&mut self, time: Seconds, observer: &mut impl BufferObserver<T>) {
        if self.state != State::Playing {
            self.stand(time);
        } else if self.companion.is_some() {
            self.play_both(time, observer);
        } else {
            self.play(time, observer);
        }
    }

    /// Time passes while two media play in step: the first to end stops both.
    #[cold]
    fn play_both(&mut self, time: Seconds, observer: &mut impl BufferObserver<T>) {
        let before = self.played;
        let room = match self.companion {
            Some(Companion { level, complete: false }) => level / self.rate,
            _ => Seconds::INFINITY,
        };
        self.play(time.min(room), observer);
        let played = self.played - before;
        if let Some(c) = &mut self.companion {
            c.level = (c.level - played).max(Seconds::ZERO);
        }
        if time <= room {
            return;
        }
        if let Some(c) = &mut self.companion {
            // What rounding has left of it.
            c.level = if self.state == State::Playing { Seconds::ZERO } else { c.level };
        }
        match self.state {
            State::Playing => self.run_dry(time - room, true, observer),
            _ => self.stand(time - room),
        }
    }

    /// Lets everything that is buffered play out.
    pub fn play_out(&mut self, observer: &mut impl BufferObserver<T>) {
        if self.state == State::Playing {
            let time = self.level() / self.rate;
            self.advance(time, observer);
        }
        if self.complete && self.state == State::Playing {
            // What rounding has left of the last segment.
            self.clear();
            self.state = State::Ended;
        }
    }

    fn clear(&mut self) {
        self.queue.clear();
        self.open = false;
        (self.extra, self.head) = (Seconds::ZERO, Seconds::ZERO);
        if let Some(c) = &mut self.companion {
            *c = Companion { level: Seconds::ZERO, complete: false };
        }
    }

    /// Time passes without playback; apart, so that what passes nearly always is a short way.
    #[inline(never)]
    fn stand(&mut self, time: Seconds) {
        match self.state {
            State::Startup => self.startup += time,
            State::Stalled => self.stalled += time,
            State::Paused => self.paused += time,
            State::Playing | State::Ended => return,
        }
        self.clock += time;
        self.area += self.level().get() * time.get();
    }

    /// Time passes while playing, segment by segment. The order of the additions is Sabre's, so that its last digit can
    /// be had.
    #[inline(always)]
    fn play(&mut self, time: Seconds, observer: &mut impl BufferObserver<T>) {
        let (before, began) = (self.level(), self.clock);
        let mut media = time * self.rate;
        let Some(&(first, _)) = self.queue.front() else { return self.run_dry(time, false, observer) };
        let mut goes_on = true;
        if self.head > Seconds::ZERO {
            if media + self.head < first {
                self.head += media;
                self.show(media);
                self.account(before, began);
                return;
            }
            let rest = first - self.head;
            media -= rest;
            self.show(rest);
            goes_on = self.pop();
        }
        while goes_on
            && media > Seconds::ZERO
            && let Some((duration, tag)) = self.queue.front()
        {
            observer.segment(self.clock, tag);
            let duration = *duration;
            if media >= duration {
                self.show(duration);
                media -= duration;
                goes_on = self.pop();
            } else {
                self.head = media;
                self.show(media);
                media = Seconds::ZERO;
            }
        }
        self.account(before, began);
        if media > Seconds::ZERO {
            self.run_dry(media / self.rate, true, observer);
        } else if self.complete && self.queue.is_empty() {
            self.state = State::Ended;
        }
        observer.boundary(self.clock);
    }

    #[inline]
    fn show(&mut self, media: Seconds) {
        self.clock += media / self.rate;
        self.played += media;
    }

    /// The first segment is played. False if it is not whole: it stays, played to the end of what is there of it.
    #[inline]
    fn pop(&mut self) -> bool {
        if self.open && self.queue.len() == 1 {
            self.head = self.queue[0].0;
            return false;
        }
        if let Some((duration, _)) = self.queue.pop_front() {
            self.extra -= duration - self.base;
        }
        self.head = Seconds::ZERO;
        true
    }

    /// The level fell linearly from `before` since `began`.
    #[inline]
    fn account(&mut self, before: Seconds, began: Seconds) {
        self.area += 0.5 * (before + self.level()).get() * (self.clock - began).get();
    }

    /// The buffer is empty and `rest` is left of the time that is to pass.
    #[cold]
    fn run_dry(&mut self, rest: Seconds, ran_dry: bool, observer: &mut impl BufferObserver<T>) {
        self.gap += rest;
        if self.gap > self.options.resolution {
            self.stall(StallCause::Rebuffer, ran_dry, observer);
            self.stand(rest);
        } else {
            self.clock += rest;
        }
        if self.complete {
            if self.state == State::Stalled {
                observer.resumed(self.clock);
            }
            self.state = State::Ended;
        }
    }

    fn stall(&mut self, cause: StallCause, ran_dry: bool, observer: &mut impl BufferObserver<T>) {
        observer.stalled(self.clock, cause, ran_dry);
        self.state = State::Stalled;
        self.stalls += usize::from(cause == StallCause::Rebuffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn s(x: f64) -> Seconds {
        Seconds::new(x)
    }

    /// Everything that was reported, with its time in seconds.
    #[derive(Default)]
    struct Log(Vec<(f64, String)>);

    impl BufferObserver<u32> for Log {
        fn started(&mut self, at: Seconds) {
            self.0.push((at.get(), "started".into()));
        }
        fn segment(&mut self, at: Seconds, tag: &u32) {
            self.0.push((at.get(), format!("segment {tag}")));
        }
        fn stalled(&mut self, at: Seconds, cause: StallCause, ran_dry: bool) {
            self.0.push((at.get(), format!("{cause:?} {ran_dry}")));
        }
        fn resumed(&mut self, at: Seconds) {
            self.0.push((at.get(), "resumed".into()));
        }
    }

    fn buffer(start: f64, resume: f64) -> PlaybackBuffer<u32> {
        PlaybackBuffer::new(BufferOptions { start: s(start), resume: s(resume), ..BufferOptions::default() })
    }

    #[test]
    fn a_session_with_a_stall_step_by_step() {
        let (mut b, mut log) = (buffer(4.0, 4.0), Log::default());
        b.advance(s(1.0), &mut log);
        b.append(s(2.0), 0, &mut log);
        assert_eq!(b.state(), State::Startup);
        b.advance(s(1.0), &mut log);
        b.append(s(2.0), 1, &mut log);
        b.advance(s(5.0), &mut log); // 4 s play, 1 s stall
        b.append(s(2.0), 2, &mut log);
        assert_eq!(b.state(), State::Stalled);
        b.advance(s(0.5), &mut log);
        b.complete(&mut log); // the threshold can no longer be reached: play
        b.play_out(&mut log);
        assert_eq!(b.state(), State::Ended);
        let expected = [
            (2.0, "started"),
            (2.0, "segment 0"),
            (4.0, "segment 1"),
            (6.0, "Rebuffer true"),
            (7.5, "resumed"),
            (7.5, "segment 2"),
        ];
        assert_eq!(log.0, expected.map(|(at, what)| (at, what.to_string())));
        assert_eq!((b.startup(), b.played(), b.stalled(), b.clock()), (s(2.0), s(6.0), s(1.5), s(9.5)));
        // By hand: 2 s at level 2 in startup (1 s of it), 4 -> 0 over 4 s, 2 over 0.5 s, 2 -> 0 over 2 s.
        assert_eq!(b.level_integral(), 2.0 + 8.0 + 1.0 + 2.0);
    }

    #[test]
    fn running_dry_exactly_at_the_refill_is_no_stall() {
        let mut b = buffer(0.0, 0.0);
        b.append(s(4.0), 0, &mut ());
        b.advance(s(4.0), &mut ());
        assert_eq!((b.state(), b.stalls()), (State::Playing, 0));
        b.advance(s(1.0), &mut ());
        assert_eq!((b.state(), b.stalls(), b.stalled()), (State::Stalled, 1, s(1.0)));
    }

    #[test]
    fn a_seek_drops_everything_and_stands_until_refilled() {
        let (mut b, mut log) = (buffer(0.0, 2.0), Log::default());
        b.append(s(4.0), 0, &mut log);
        b.advance(s(1.0), &mut log);
        b.seek(&mut log);
        assert_eq!((b.level(), b.state(), b.stalls()), (s(0.0), State::Stalled, 0));
        b.advance(s(1.0), &mut log);
        b.append(s(4.0), 9, &mut log);
        assert_eq!(b.state(), State::Playing);
        assert_eq!(log.0[2], (1.0, "Seek true".to_string()));
    }

    #[test]
    fn what_is_being_played_cannot_be_replaced() {
        let mut b = buffer(0.0, 0.0);
        for tag in 0..3 {
            b.append(s(4.0), tag, &mut ());
        }
        assert!(b.replace(0, 12) && b.replace(2, 10));
        b.advance(s(1.0), &mut ());
        assert!(!b.replace(2, 99) && !b.replace(3, 99));
        assert_eq!(b.tags().copied().collect::<Vec<_>>(), [10, 1, 12]);
    }

    #[test]
    fn a_pause_is_neither_a_stall_nor_playback() {
        let mut b = buffer(0.0, 0.0);
        b.append(s(4.0), 0, &mut ());
        b.pause();
        b.advance(s(3.0), &mut ());
        b.unpause(&mut ());
        b.advance(s(1.0), &mut ());
        assert_eq!((b.paused(), b.played(), b.stalled(), b.level()), (s(3.0), s(1.0), s(0.0), s(3.0)));
    }

    proptest! {
        /// Whatever happens: time is conserved, media is conserved, the level is never negative.
        #[test]
        fn conservation(
            steps in prop::collection::vec((0.0..6.0f64, 0.1..5.0f64, 0.5..2.0f64), 1..60),
            start in 0.0..8.0f64,
            resume in 0.0..8.0f64,
        ) {
            let mut b = buffer(start, resume);
            let (mut wall, mut media, mut at_rate) = (0.0, 0.0, 0.0);
            for (i, (wait, segment, rate)) in steps.iter().enumerate() {
                let played = b.played().get();
                b.advance(s(*wait), &mut ());
                wall += wait;
                at_rate += (b.played().get() - played) / b.rate();
                b.append(s(*segment), i as u32, &mut ());
                media += segment;
                b.set_rate(*rate);
                prop_assert!(b.level().get() > -1e-9);
                prop_assert!((b.level() + b.played()).get() - media < 1e-9);
            }
            b.complete(&mut ());
            let (level, rate) = (b.level().get(), b.rate());
            b.play_out(&mut ());
            wall += level / rate;
            at_rate += level / rate;
            prop_assert_eq!(b.state(), State::Ended);
            prop_assert!((b.clock().get() - wall).abs() < 1e-9);
            prop_assert!((b.played().get() - media).abs() < 1e-9);
            prop_assert!((b.startup().get() + at_rate + b.stalled().get() - wall).abs() < 1e-9);
        }
    }
}
