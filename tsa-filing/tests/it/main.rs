//! Certificates and bundles, from outside: other people's programs judge them.
#[cfg(test)]
mod bundles;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod manifests;
#[cfg(test)]
mod printing;
#[cfg(test)]
mod support;
