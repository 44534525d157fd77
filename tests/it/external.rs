//! Stories of a world that somebody else moves: what is out of order is told, holds the plan, and is answered for.

mod after_its_step;
mod before_its_step;
