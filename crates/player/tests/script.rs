//! What a player answers, question by question.
//!
//! Every row is a test of its name. On the left what the driver does, on the right what the player answers and reports; the film
//! has segments of 4 s, the rule takes level 1 of 2, playback starts with one segment, the buffer takes 12 s.
//!
//! | driver | meaning |
//! |---|---|
//! | `next` | asks |
//! | `t X` | X seconds have passed since it asked |
//! | `first N`, `got N X`, `look N X` | of request N the first bit, or X Mbit, have come; a look at it |
//! | `whole N`, `failed N`, `cancelled N` | request N is over |
//! | `answer L` | the rule outside says level L |
//! | `pause`, `play`, `seek X`, `rate X` | the viewer |

mod driver;

use abr::{AbrStrategy, Attention, Decision, PlayerView, Progress, Track, Verdict};
use driver::{Parallel, Words, film, s, short};
use playbuf::BufferOptions;
use player::scheduling::{Chosen, Order, Schedule, Scheduling, View, Want};
use player::{Action, Ended, InFlight, Look, Options, Plain, Player, What, Wish};
use units::{Bits, Seconds};

/// Level 1, or nobody; gives up what has not brought 4 Mbit after 3 s.
#[derive(Clone, Copy)]
enum Rule {
    Top,
    Outside,
    GivesUp,
    Waits,
}

impl AbrStrategy for Rule {
    fn decide(&mut self, view: &PlayerView<'_>) -> Decision {
        match self {
            Rule::Outside => Decision::Pending,
            Rule::Waits if view.segment == 1 && view.buffer > s(2.0) => Decision::Wait(s(1.0)),
            _ => Decision::fetch(1),
        }
    }
    fn attention(&self, _: usize) -> Attention {
        if matches!(self, Rule::GivesUp) { Attention::Looks } else { Attention::Ending }
    }
    fn progress(&mut self, _: &PlayerView<'_>, p: &Progress) -> Verdict {
        match p.elapsed >= s(3.0) && p.received < Bits::new(4e6) {
            true => Verdict::Abandon { to: 0 },
            false => Verdict::Continue,
        }
    }
}

fn options() -> Options {
    let buffer = BufferOptions { start: Seconds::ZERO, resume: Seconds::ZERO, ..BufferOptions::default() };
    Options { buffer, capacity: s(12.0), ..Options::default() }
}

fn answer(action: Action, air: &[InFlight]) -> String {
    match action {
        Action::Fetch(id) => {
            let r = air.iter().find(|f| f.request.id == id).expect("in flight").request;
            match (r.what, r.track) {
                (What::Media, Track::Video) => format!("fetch {id}: {}/{}", r.segment, r.level),
                (What::Media, Track::Audio) => format!("fetch {id}: sound {}/{}", r.segment, r.level),
                (what, _) => format!("fetch {id}: {what:?} of {}", r.level),
            }
        }
        Action::Cancel(id) => format!("cancel {id}"),
        Action::Wait(t) if t.is_finite() => format!("wait {}", short(t)),
        Action::Wait(_) => "wait for news".to_string(),
        Action::Decide => "decide".to_string(),
        Action::End => "end".to_string(),
    }
}

/// Runs a script, and compares line by line.
fn check<S: Scheduling>(options: Options, rule: Rule, scheduling: S, segments: usize, script: &str) {
    let video = film(segments);
    let mut player = Player::with(&video, rule, scheduling, options).expect("valid options");
    let mut words = Words::default();
    for line in script.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let (steps, want) = line.split_once("->").unwrap_or((line, ""));
        let mut said = Vec::new();
        for step in steps.split(',') {
            let mut parts = step.split_whitespace();
            let (verb, numbers): (&str, Vec<f64>) =
                (parts.next().expect("a verb"), parts.map(|p| p.parse().expect("a number")).collect());
            let id = numbers.first().map_or(0, |n| *n as u64);
            let mbit = Bits::new(numbers.get(1).map_or(0.0, |x| x * 1e6));
            match verb {
                "next" => {
                    let action = player.next(&mut words);
                    said.append(&mut words.0);
                    said.push(answer(action, player.in_flight()));
                    if !matches!(action, Action::Fetch(_)) {
                        assert_eq!(player.next(&mut words), action, "asked twice: {line}");
                    }
                }
                "t" => player.elapsed(s(numbers[0])),
                "first" | "got" => player.received(id, mbit, &mut words),
                "look" => said.push(match player.look(id, mbit) {
                    Look::Continue { .. } => "go on".to_string(),
                    Look::Ask => "ask".to_string(),
                }),
                "whole" => player.ended(id, Ended::Whole, &mut words),
                "failed" => player.ended(id, Ended::Failed, &mut words),
                "cancelled" => player.ended(id, Ended::Cancelled, &mut words),
                "answer" => player.answer(Decision::fetch(numbers[0] as usize)),
                "pause" => player.viewer(Wish::Pause, &mut words),
                "play" => player.viewer(Wish::Play, &mut words),
                "seek" => player.viewer(Wish::Seek(s(numbers[0])), &mut words),
                "rate" => player.viewer(Wish::Rate(numbers[0]), &mut words),
                other => panic!("no step '{other}'"),
            }
            said.append(&mut words.0);
        }
        assert_eq!(said.join("; "), want.trim(), "{line}");
    }
}

/// A row: its name, the options and who decides, and the script.
macro_rules! rows {
    ($($(#[$doc:meta])* $name:ident: $options:expr, $rule:expr, $scheduling:expr, $segments:expr => $script:literal)*) => {
        $($(#[$doc])* #[test] fn $name() { check($options, $rule, $scheduling, $segments, $script); })*
    };
}

/// Wakes every second while something is in flight, and shows it to the rule.
#[derive(Default)]
struct Ticks(Plain, usize);

impl Scheduling for Ticks {
    fn schedule(&mut self, view: &View<'_>) -> Schedule {
        self.0.schedule(view)
    }
    fn wake(&self, view: &View<'_>) -> Seconds {
        view.flights().first().map_or(Seconds::INFINITY, |f| s(self.1 as f64 + 1.0) - view.age(f))
    }
    fn woken(&mut self, view: &View<'_>) -> Option<Order> {
        let flight = view.flights().first()?;
        if view.age(flight) < s(self.1 as f64 + 1.0) {
            return None;
        }
        self.1 += 1;
        Some(Order::Look(flight.request.id))
    }
    fn requested(&mut self, _: &View<'_>, _: &player::Request) {
        self.1 = 0;
    }
}

/// Fetches a playlist before the first segment of a level.
#[derive(Default)]
struct Lists(Plain, [bool; 2]);

impl Scheduling for Lists {
    fn schedule(&mut self, view: &View<'_>) -> Schedule {
        self.0.schedule(view)
    }
    fn chosen(&mut self, _: &View<'_>, track: abr::Track, level: usize) -> Chosen {
        match std::mem::replace(&mut self.1[level], true) {
            true => Chosen::Next,
            false => {
                Chosen::First(Want { track, what: What::Playlist, level, size: Bits::new(8e3), source: 0 })
            }
        }
    }
}

/// Discards what is buffered behind the next two segments once, ten seconds in; or fetches it again.
struct AtTen(Plain, Option<Order>);

impl Scheduling for AtTen {
    fn schedule(&mut self, view: &View<'_>) -> Schedule {
        self.0.schedule(view)
    }
    fn wake(&self, view: &View<'_>) -> Seconds {
        if self.1.is_some() { s(10.0) - view.player().now } else { Seconds::INFINITY }
    }
    fn woken(&mut self, _: &View<'_>) -> Option<Order> {
        self.1.take()
    }
}

fn two_media() -> Options {
    Options { audio: Some(0), ..options() }
}

rows! {
    a_session_without_trouble: options(), Rule::Top, Plain::default(), 2 => "
        next               -> fetch 0: 0/1
        next               -> wait for news
        t 1, whole 0       -> starts at 1; 0 appended after 1
        next               -> fetch 1: 1/1
        next               -> wait for news
        t 2, whole 1       -> plays 0/1 at 1; 1 appended after 2
        next               -> wait 6
        t 6, next          -> plays 1/1 at 5; over at 9: startup 1, played 8, stalled 0, paused 0; end
    "
    the_first_bit_is_known_when_it_came: options(), Rule::Top, Plain::default(), 2 => "
        next               -> fetch 0: 0/1
        next               -> wait for news
        t 0.25, first 0    ->
        t 1, whole 0       -> starts at 1; 0 appended after 1
    "
    a_stall_is_reported_with_its_own_time: options(), Rule::Top, Plain::default(), 2 => "
        next               -> fetch 0: 0/1
        next, t 1, whole 0 -> wait for news; starts at 1; 0 appended after 1
        next               -> fetch 1: 1/1
        next, t 6, whole 1 -> wait for news; plays 0/1 at 1; stalls at 5 (rebuffer); resumes at 7; 1 appended after 6
        next, t 4, next    -> wait 4; plays 1/1 at 7; over at 11: startup 1, played 8, stalled 2, paused 0; end
    "
    a_full_buffer_waits_for_just_the_room_of_the_next_segment: options(), Rule::Top, Plain::default(), 5 => "
        next               -> fetch 0: 0/1
        next, whole 0      -> wait for news; starts at 0; 0 appended after 0
        next               -> fetch 1: 1/1
        next, whole 1      -> wait for news; 1 appended after 0
        next               -> fetch 2: 2/1
        next, whole 2      -> wait for news; 2 appended after 0
        next               -> holds 4 for room; wait 4
        t 1, next          -> wait 3
        t 3, next          -> plays 0/1 at 0; fetch 3: 3/1
    "
    a_pause_never_overfills_the_buffer: options(), Rule::Top, Plain::default(), 20 => "
        next               -> fetch 0: 0/1
        next, whole 0      -> wait for news; starts at 0; 0 appended after 0
        next               -> fetch 1: 1/1
        next, whole 1      -> wait for news; 1 appended after 0
        next               -> fetch 2: 2/1
        next, pause        -> wait for news; pauses at 0
        t 1, whole 2       -> 2 appended after 1
        next               -> wait for news
        t 500, next        -> wait for news
        play               -> goes on at 501
        next               -> holds 4 for room; wait 4
        t 4, next          -> plays 0/1 at 501; fetch 3: 3/1
    "
    a_pause_in_the_middle_of_a_wait_for_room_begins_it_anew: options(), Rule::Top, Plain::default(), 20 => "
        next               -> fetch 0: 0/1
        next, whole 0      -> wait for news; starts at 0; 0 appended after 0
        next               -> fetch 1: 1/1
        next, whole 1      -> wait for news; 1 appended after 0
        next               -> fetch 2: 2/1
        next, whole 2      -> wait for news; 2 appended after 0
        next               -> holds 4 for room; wait 4
        t 1, pause         -> plays 0/1 at 0; pauses at 1
        next, t 100, next  -> wait for news; wait for news
        play               -> goes on at 101
        next               -> holds 3 for room; wait 3
    "
    a_pause_after_the_last_fetch_ends_nothing: options(), Rule::Top, Plain::default(), 2 => "
        next               -> fetch 0: 0/1
        next, whole 0      -> wait for news; starts at 0; 0 appended after 0
        next               -> fetch 1: 1/1
        next, whole 1      -> wait for news; 1 appended after 0
        next, t 3, pause   -> wait 8; plays 0/1 at 0; pauses at 3
        next, t 60, next   -> wait for news; wait for news
        play               -> goes on at 63
        next, t 5, next    -> wait 5; plays 1/1 at 64; over at 68: startup 0, played 8, stalled 0, paused 60; end
    "
    a_rate_that_changes_in_mid_flight_holds_from_then_on: options(), Rule::Top, Plain::default(), 3 => "
        next               -> fetch 0: 0/1
        next, whole 0      -> wait for news; starts at 0; 0 appended after 0
        next               -> fetch 1: 1/1
        next, t 1, rate 2  -> wait for news; plays 0/1 at 0; rate 2 at 1
        next, t 1, whole 1 -> wait for news; 1 appended after 2
        next               -> fetch 2: 2/1
        next, t 4, whole 2 -> wait for news; plays 1/1 at 2.5; stalls at 4.5 (rebuffer); resumes at 6; 2 appended after 4
        next, t 2, next    -> wait 2; plays 2/1 at 6; over at 8: startup 0, played 12, stalled 1.5, paused 0; end
    "
    a_seek_gives_up_what_is_in_flight: options(), Rule::Top, Plain::default(), 10 => "
        next               -> fetch 0: 0/1
        next, whole 0      -> wait for news; starts at 0; 0 appended after 0
        next               -> fetch 1: 1/1
        next, t 1, seek 21 -> wait for news; plays 0/1 at 0; seeks to 21 dropping 0; stalls at 1 (seek)
        next               -> cancel 1
        cancelled 1        -> 1 cancelled after 1
        next               -> fetch 2: 5/1
        next, t 1, whole 2 -> wait for news; resumes at 2; 2 appended after 1
    "
    a_request_that_failed_is_made_again_a_little_later: options(), Rule::Top, Plain::default(), 2 => "
        next               -> fetch 0: 0/1
        next, t 1, failed 0 -> wait for news; 0 failed after 1
        next               -> holds 0.5 for another try; wait 0.5
        t 0.5, next        -> fetch 1: 0/1
        next, t 1, failed 1 -> wait for news; 1 failed after 1
        next               -> holds 1 for another try; wait 1
        t 1, next          -> fetch 2: 0/1
        next, t 1, whole 2 -> wait for news; starts at 4.5; 2 appended after 1
    "
    after_too_many_failures_the_rest_plays_out: Options { retries: 0, ..options() }, Rule::Top, Plain::default(), 9 => "
        next               -> fetch 0: 0/1
        next, whole 0      -> wait for news; starts at 0; 0 appended after 0
        next               -> fetch 1: 1/1
        next, t 1, failed 1 -> wait for news; plays 0/1 at 0; 1 failed after 1
        next               -> over at 4: startup 0, played 4, stalled 0, paused 0; end
    "
    what_is_looked_at_may_be_given_up_for_another_level: options(), Rule::GivesUp, Plain::default(), 9 => "
        next               -> fetch 0: 0/1
        next, whole 0      -> wait for news; starts at 0; 0 appended after 0
        next               -> fetch 1: 1/1
        next               -> wait for news
        t 2, look 1 0.5    -> go on
        t 3, look 1 1      -> ask
        next               -> cancel 1
        cancelled 1        -> plays 0/1 at 0; 1 abandoned { to: 0 } after 3
        next               -> fetch 2: 1/0
    "
    a_wake_looks_at_what_is_in_flight: options(), Rule::GivesUp, Ticks::default(), 9 => "
        next               -> fetch 0: 0/1
        next, t 1          -> wait 1
        next, t 1          -> wait 1
        got 0 1, next, t 1 -> wait 1
        got 0 2, next      -> cancel 0
        cancelled 0        -> 0 abandoned { to: 0 } after 3
        next               -> fetch 1: 0/0
        next               -> wait 1
    "
    a_playlist_comes_before_the_first_segment_of_its_level: options(), Rule::Top, Lists::default(), 9 => "
        next               -> fetch 0: Playlist of 1
        next, t 0.1, whole 0 -> wait for news; 0 loaded after 0.1
        next               -> fetch 1: 0/1
        next, t 1, whole 1 -> wait for news; starts at 1.1; 1 appended after 1
        next               -> fetch 2: 1/1
    "
    a_rule_outside_is_waited_for: options(), Rule::Outside, Plain::default(), 2 => "
        answer 0           ->
        next               -> decide
        t 2, next          -> decide
        answer 1           ->
        next               -> fetch 0: 0/1
        next, t 1, whole 0 -> wait for news; starts at 3; 0 appended after 1
        next               -> decide
        answer 0, next     -> fetch 1: 1/0
    "
    a_rule_may_wait_and_is_asked_again: options(), Rule::Waits, Plain::default(), 3 => "
        next               -> fetch 0: 0/1
        next, whole 0      -> wait for news; starts at 0; 0 appended after 0
        next               -> holds 1 for the rule; wait 1
        t 1, next          -> plays 0/1 at 0; holds 1 for the rule; wait 1
        t 1, next          -> fetch 1: 1/1
    "
    segments_may_come_in_any_order_and_play_in_theirs: options(), Rule::Top, Parallel(3), 3 => "
        next               -> fetch 0: 0/1
        next               -> fetch 1: 1/1
        next               -> fetch 2: 2/1
        next               -> wait for news
        t 1, whole 2       -> 2 appended after 1
        next, t 1, whole 0 -> wait for news; starts at 2; 0 appended after 2
        next, t 1, whole 1 -> wait for news; plays 0/1 at 2; 1 appended after 3
        next, t 11, next   -> wait 11; plays 1/1 at 6; plays 2/1 at 10; over at 14: startup 2, played 12, stalled 0, paused 0; end
    "
    picture_and_sound_are_fetched_beside_each_other_and_both_are_needed: two_media(), Rule::Top, Plain::default(), 1 => "
        next               -> fetch 0: 0/1
        next               -> fetch 1: sound 0/1
        next, t 1, whole 0 -> wait for news; 0 appended after 1
        next, t 1, whole 1 -> wait for news; starts at 2; 1 appended after 2
        next               -> fetch 2: sound 1/1
        next, t 5, whole 2 -> wait for news; plays 0/1 at 2; stalls at 5 (rebuffer); resumes at 7; 2 appended after 5
        next, t 1, next    -> wait 1; over at 8: startup 2, played 4, stalled 2, paused 0; end
    "
    buffered_media_may_be_discarded_at_a_wake: options(), Rule::Top,
        AtTen(Plain::default(), Some(Order::Discard { track: abr::Track::Video, from: 2 })), 20 => "
        next               -> fetch 0: 0/1
        next, t 9, whole 0 -> wait 10; starts at 9; 0 appended after 9
        next               -> fetch 1: 1/1
        next, whole 1      -> wait 1; 1 appended after 0
        next               -> fetch 2: 2/1
        next, whole 2      -> wait 1; 2 appended after 0
        next, t 1, next    -> holds 4 for room; wait 1; plays 0/1 at 9; discards 1 from 2; fetch 3: 2/1
    "
    buffered_media_may_be_fetched_again_at_a_wake: options(), Rule::Top,
        AtTen(Plain::default(), Some(Order::Refetch { segment: 2, level: 0 })), 20 => "
        next               -> fetch 0: 0/1
        next, t 9, whole 0 -> wait 10; starts at 9; 0 appended after 9
        next               -> fetch 1: 1/1
        next, whole 1      -> wait 1; 1 appended after 0
        next               -> fetch 2: 2/1
        next, whole 2      -> wait 1; 2 appended after 0
        next, t 1, next    -> holds 4 for room; wait 1; plays 0/1 at 9; fetch 3: 2/0
        next, t 1, whole 3 -> wait for news; 3 replaced after 1
        next               -> holds 2 for room; wait 2
    "
    what_the_viewer_is_going_to_do_may_be_planned: Options { viewer: vec![
            player::PlannedWish { at: s(3.0), wish: Wish::Pause },
            player::PlannedWish { at: s(5.0), wish: Wish::Play },
        ], ..options() }, Rule::Top, Plain::default(), 1 => "
        next               -> fetch 0: 0/1
        next, t 1, whole 0 -> wait 3; starts at 1; 0 appended after 1
        next, t 2, next    -> wait 2; plays 0/1 at 1; pauses at 3; wait 2
        t 2, next          -> goes on at 5; wait 2
        t 2, next          -> over at 7: startup 1, played 4, stalled 0, paused 2; end
    "
}
