package org.buildengine.server.llb;

import java.util.Optional;
import org.buildengine.server.core.ApiException;
import org.buildengine.server.core.CText;
import org.buildengine.session.wire.pb.ChownOpt;
import org.buildengine.session.wire.pb.UserOpt;
import org.buildengine.session.wire.pb.UserOpt.UserCase;

/** Whom files are given to. */
final class Owners {
    private Owners() {}

    /**
     * The owner as edits have it: {@code user[:group]}, by number or by name.
     *
     * @param base the number of the tree that is edited: the only one whose names are known
     */
    static Optional<String> decode(ChownOpt owner, long base) throws ApiException {
        boolean user = owner.getUser().getUserCase() != UserCase.USER_NOT_SET;
        boolean group = owner.getGroup().getUserCase() != UserCase.USER_NOT_SET;
        Refusals.refuse(group && !user, "a group without a user", "name the user too");
        if (!user) {
            return Optional.empty();
        }
        String name = text(owner.getUser(), base);
        return Optional.of(group ? name + ":" + text(owner.getGroup(), base) : name);
    }

    private static String text(UserOpt user, long base) throws ApiException {
        if (user.getUserCase() == UserCase.BYID) {
            return Integer.toUnsignedString(user.getByID());
        }
        String name = user.getByName().getName();
        CText.check("the name of an owner", name);
        if (name.isEmpty() || name.contains(":") || name.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw Refusals.invalid("the owner " + Refusals.shown(name) + " is no name: give numbers by ID");
        }
        Refusals.refuse(
                user.getByName().getInput() != base,
                "to look the owner " + Refusals.shown(name) + " up in another tree than the edited one",
                "give the owner by ID");
        return name;
    }
}
