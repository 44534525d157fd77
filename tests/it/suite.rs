//! What must be proved before a step: suites of tests in a real browser and from JUnit XML, what they cover together, a canary
//! that stays good, and a forge that says that CI passed.

mod canary;
mod ci;
mod junit;
mod playwright;
mod web_app;
