//! The ledger from outside: every refusal, random histories beside a model, damage done by hand.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod concurrent;
#[cfg(test)]
mod doubt;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod index;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod parts;
#[cfg(test)]
mod platform;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod record;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod shop;
#[cfg(test)]
mod standby;
#[cfg(test)]
mod stops;
