//! Systems that are defined by a fixed step: the one place where a clock is stepped.
//!
//! Everything else in Segue goes from event to event, because between two events everything is linear. Two of the systems this
//! project grew from are *defined* by their step: what they compute is a recurrence, and a different step is a different answer.
//! They run here, over the same traces and links as the player does.
//!
//! | system | a step is |
//! |---|---|
//! | [`qoe_core`] | a segment |
//! | [`twitch`] | a stretch of time |
//!
//! Each has a corrected default, and a profile that is its original to the last digit.

pub mod qoe_core;
pub mod twitch;

/// A system that advances by a fixed step.
pub trait System {
    /// What it says of a step.
    type Row;

    /// The step of this number, from 0 on, in order. `None` where it cannot go on.
    fn step(&mut self, number: usize) -> Option<Self::Row>;
}

/// Takes at most so many steps and hands each row on.
pub fn run<S: System>(system: &mut S, steps: usize, mut see: impl FnMut(S::Row)) {
    for number in 0..steps {
        let Some(row) = system.step(number) else { return };
        see(row);
    }
}
