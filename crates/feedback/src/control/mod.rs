//! From prediction, sentiment and player to an action, every few seconds, with its reason in words.
//!
//! | part | what it does |
//! |---|---|
//! | [`cell`] | the table: prediction x sentiment x buffer |
//! | [`Crowd`] | many viewers: opinions fade, repeated complaints weigh more, a quorum is needed |
//! | [`Shares`] | more of the cell for one who complains again and again |
//! | [`command`] | what is asked for in words |
//! | [`Controller`] | all of it in time: no action is undone within [`HOLD_S`], what is asked for waits that long |

mod action;
mod command;
mod controller;
mod crowd;
mod shares;
mod table;

pub use action::{Action, Height};
pub use command::{Command, command};
pub use controller::{Controller, ControllerOptions, Decision, HOLD_S, Inputs};
pub use crowd::{Crowd, HALF_LIFE_S, Mood, QUORUM};
pub use shares::Shares;
pub use table::{BufferState, Call, cell, cell_about, markdown};
