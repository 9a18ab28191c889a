//! Points and frames of a picture, in pixels, and where values lie in them.

use crate::chart::{Axis, Panel};

/// What is below this width, in points, is for a narrow screen.
pub(crate) const NARROW: f64 = 500.0;

/// A point, in points of the design; y grows downwards.
pub(crate) type Point = (f64, f64);

/// A box on the canvas, in points of the design.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

impl Frame {
    pub(crate) fn width(self) -> f64 {
        self.right - self.left
    }

    pub(crate) fn height(self) -> f64 {
        self.bottom - self.top
    }

    /// From the coordinates of a panel's axes to the canvas; what lies outside comes to the edge.
    pub(crate) fn place(self, panel: &Panel, (x, y): (f64, f64)) -> Point {
        (self.place_x(&panel.x, x), self.bottom - part(&panel.y, y) * self.height())
    }

    pub(crate) fn place_x(self, axis: &Axis, x: f64) -> f64 {
        self.left + part(axis, x) * self.width()
    }
}

/// How far along its axis a value lies, from 0 to 1.
fn part(axis: &Axis, value: f64) -> f64 {
    let part = ((value - axis.low) / (axis.high - axis.low)).clamp(0.0, 1.0);
    let part = if part.is_nan() { 0.0 } else { part };
    if axis.inverted { 1.0 - part } else { part }
}
