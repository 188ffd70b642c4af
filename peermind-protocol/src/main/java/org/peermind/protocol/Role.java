// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import org.peermind.protocol.wire.RoleCode;

/// What a node does for the network (spec section 2). One node may have several roles.
public enum Role {
  INFERER(RoleCode.ROLE_INFERER),
  LIGHT_USER(RoleCode.ROLE_LIGHT_USER),
  REFEREE(RoleCode.ROLE_REFEREE);

  private final RoleCode code;

  Role(RoleCode code) {
    this.code = code;
  }

  public RoleCode code() {
    return code;
  }

  static Role of(RoleCode code) throws ProtocolException {
    for (Role role : values()) {
      if (role.code == code) {
        return role;
      }
    }
    throw new ProtocolException("an unknown role is named");
  }
}
