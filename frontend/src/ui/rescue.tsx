import { Component, type ReactNode } from "react";

interface RescueProps {
  /** Where one is: elsewhere it is tried again. */
  at: string;
  /** What is shown in place of what broke. */
  instead: ReactNode;
  children: ReactNode;
}

/** Where a page breaks, or its script cannot be had, because of the network or of a release meanwhile, the frame stays. */
export class Rescue extends Component<RescueProps, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError(): { isBroken: boolean } {
    return { isBroken: true };
  }

  override componentDidUpdate({ at }: RescueProps): void {
    if (this.state.isBroken && at !== this.props.at) this.setState({ isBroken: false });
  }

  override render(): ReactNode {
    return this.state.isBroken ? this.props.instead : this.props.children;
  }
}
