/**
 * What a client offers besides files: secrets ({@link org.buildengine.session.offers.ClientSecrets}) and logins to
 * registries ({@link org.buildengine.session.offers.ClientLogins}); and everything together
 * ({@link org.buildengine.session.offers.StandardOffers}). Values are looked up at each question and never kept or logged.
 */
@NullMarked
package org.buildengine.session.offers;

import org.jspecify.annotations.NullMarked;
