//! What marks are drawn with: colours, strokes, fills, markers.

/// A colour, as red, green and blue from 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Colour(pub u8, pub u8, pub u8);

/// How a line is broken up, so that lines stay apart in black and white.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dash {
    #[default]
    Solid,
    Dashed,
    Dotted,
    DashDot,
}

/// The pen of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    pub colour: Colour,
    /// Its width in points of the design (see [`Chart::size`](crate::Chart::size)).
    pub width: f64,
    /// How it is broken up.
    pub dash: Dash,
}

impl Stroke {
    /// An unbroken line.
    pub fn solid(colour: Colour, width: f64) -> Stroke {
        Stroke { colour, width, dash: Dash::Solid }
    }

    /// The same line, broken up.
    pub fn dashed(self, dash: Dash) -> Stroke {
        Stroke { dash, ..self }
    }
}

/// The paint of an area.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fill {
    pub colour: Colour,
    /// From 0, invisible, to 1.
    pub opacity: f64,
}

impl Fill {
    /// Paint that hides what is below.
    pub fn solid(colour: Colour) -> Fill {
        Fill { colour, opacity: 1.0 }
    }

    /// Paint that lets what is below shine through.
    pub fn thin(colour: Colour, opacity: f64) -> Fill {
        Fill { colour, opacity }
    }
}

/// The shape of a dot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Marker {
    #[default]
    Circle,
    Square,
    /// A square on its corner.
    Diamond,
    /// A triangle, tip up.
    Up,
    /// A triangle, tip down.
    Down,
    Cross,
}

/// How a point is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    pub marker: Marker,
    pub colour: Colour,
    /// Its diameter in points of the design.
    pub size: f64,
}
