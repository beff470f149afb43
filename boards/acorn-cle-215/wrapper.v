// What an image of the card has around `portolan_pcie`, for whoever has a tool that places the transceiver and the integrated
// block (README.md). The ports are those of board.xdc. In the open flow of this project nothing instantiates it; the tests
// keep its port list equal to board.xdc, and its connections to the ports of `portolan_pcie`.
//
// `portolan_pcie_core` is what is missing: transceiver, pipe and integrated block, with the signals of UG477 (docs/pcie.md).
`default_nettype none
module portolan_acorn (
    input wire clk200_p,
    input wire clk200_n,
    input wire pcie_refclk_p,
    input wire pcie_refclk_n,
    input wire pcie_reset_n,
    input wire [0:0] pcie_rx_p,
    input wire [0:0] pcie_rx_n,
    output wire [0:0] pcie_tx_p,
    output wire [0:0] pcie_tx_n,
    input wire [3:0] lines
);
    // The core clock: half of 200 MHz, by a flip-flop, since the reset of a PLL acts inverted in open tools.
    wire clk200, core_clk;
    IBUFDS clk200_buffer (.I(clk200_p), .IB(clk200_n), .O(clk200));
    reg half = 1'b0;
    always @(posedge clk200) half <= !half;
    BUFG core_clk_buffer (.I(half), .O(core_clk));

    // From the moment when the chip is configured on; a reset of the link comes by user_reset.
    reg [3:0] started = 4'b0;
    always @(posedge core_clk) started <= {started[2:0], 1'b1};

    wire user_clk;
    wire user_reset;
    wire [63:0] m_axis_rx_tdata;
    wire [7:0] m_axis_rx_tkeep;
    wire m_axis_rx_tlast;
    wire m_axis_rx_tvalid;
    wire m_axis_rx_tready;
    wire [21:0] m_axis_rx_tuser;
    wire [63:0] s_axis_tx_tdata;
    wire [7:0] s_axis_tx_tkeep;
    wire s_axis_tx_tlast;
    wire s_axis_tx_tvalid;
    wire s_axis_tx_tready;
    wire [3:0] s_axis_tx_tuser;
    wire [7:0] cfg_bus_number;
    wire [4:0] cfg_device_number;
    wire [2:0] cfg_function_number;
    wire [15:0] cfg_command;
    wire [15:0] cfg_dcommand;
    wire cfg_received_func_lvl_rst;
    wire cfg_err_ur;
    wire cfg_err_posted;
    wire cfg_err_locked;
    wire cfg_err_cpl_unexpect;
    wire cfg_err_malformed;
    wire [47:0] cfg_err_tlp_cpl_header;
    wire cfg_err_cpl_rdy;
    wire cfg_interrupt;
    wire cfg_interrupt_assert;
    wire [7:0] cfg_interrupt_di;
    wire cfg_interrupt_stat;
    wire cfg_interrupt_rdy;
    wire cfg_interrupt_msixenable;
    wire cfg_interrupt_msixfm;

    portolan_pcie_core endpoint (
        .refclk_p(pcie_refclk_p), .refclk_n(pcie_refclk_n), .reset_n(pcie_reset_n),
        .rx_p(pcie_rx_p), .rx_n(pcie_rx_n), .tx_p(pcie_tx_p), .tx_n(pcie_tx_n),
        .user_clk(user_clk), .user_reset(user_reset), .m_axis_rx_tdata(m_axis_rx_tdata),
        .m_axis_rx_tkeep(m_axis_rx_tkeep), .m_axis_rx_tlast(m_axis_rx_tlast), .m_axis_rx_tvalid(m_axis_rx_tvalid),
        .m_axis_rx_tready(m_axis_rx_tready), .m_axis_rx_tuser(m_axis_rx_tuser), .s_axis_tx_tdata(s_axis_tx_tdata),
        .s_axis_tx_tkeep(s_axis_tx_tkeep), .s_axis_tx_tlast(s_axis_tx_tlast), .s_axis_tx_tvalid(s_axis_tx_tvalid),
        .s_axis_tx_tready(s_axis_tx_tready), .s_axis_tx_tuser(s_axis_tx_tuser), .cfg_bus_number(cfg_bus_number),
        .cfg_device_number(cfg_device_number), .cfg_function_number(cfg_function_number), .cfg_command(cfg_command),
        .cfg_dcommand(cfg_dcommand), .cfg_received_func_lvl_rst(cfg_received_func_lvl_rst), .cfg_err_ur(cfg_err_ur),
        .cfg_err_posted(cfg_err_posted), .cfg_err_locked(cfg_err_locked), .cfg_err_cpl_unexpect(cfg_err_cpl_unexpect),
        .cfg_err_malformed(cfg_err_malformed), .cfg_err_tlp_cpl_header(cfg_err_tlp_cpl_header),
        .cfg_err_cpl_rdy(cfg_err_cpl_rdy), .cfg_interrupt(cfg_interrupt), .cfg_interrupt_assert(cfg_interrupt_assert),
        .cfg_interrupt_di(cfg_interrupt_di), .cfg_interrupt_stat(cfg_interrupt_stat),
        .cfg_interrupt_rdy(cfg_interrupt_rdy), .cfg_interrupt_msixenable(cfg_interrupt_msixenable),
        .cfg_interrupt_msixfm(cfg_interrupt_msixfm)
    );

    portolan_pcie portolan (
        .core_clk(core_clk), .core_reset(!started[3]), .user_clk(user_clk), .user_reset(user_reset),
        .m_axis_rx_tdata(m_axis_rx_tdata), .m_axis_rx_tkeep(m_axis_rx_tkeep), .m_axis_rx_tlast(m_axis_rx_tlast),
        .m_axis_rx_tvalid(m_axis_rx_tvalid), .m_axis_rx_tready(m_axis_rx_tready), .m_axis_rx_tuser(m_axis_rx_tuser),
        .s_axis_tx_tdata(s_axis_tx_tdata), .s_axis_tx_tkeep(s_axis_tx_tkeep), .s_axis_tx_tlast(s_axis_tx_tlast),
        .s_axis_tx_tvalid(s_axis_tx_tvalid), .s_axis_tx_tready(s_axis_tx_tready), .s_axis_tx_tuser(s_axis_tx_tuser),
        .cfg_bus_number(cfg_bus_number), .cfg_device_number(cfg_device_number),
        .cfg_function_number(cfg_function_number), .cfg_command(cfg_command), .cfg_dcommand(cfg_dcommand),
        .cfg_received_func_lvl_rst(cfg_received_func_lvl_rst), .cfg_err_ur(cfg_err_ur),
        .cfg_err_posted(cfg_err_posted), .cfg_err_locked(cfg_err_locked), .cfg_err_cpl_unexpect(cfg_err_cpl_unexpect),
        .cfg_err_malformed(cfg_err_malformed), .cfg_err_tlp_cpl_header(cfg_err_tlp_cpl_header),
        .cfg_err_cpl_rdy(cfg_err_cpl_rdy), .cfg_interrupt(cfg_interrupt), .cfg_interrupt_assert(cfg_interrupt_assert),
        .cfg_interrupt_di(cfg_interrupt_di), .cfg_interrupt_stat(cfg_interrupt_stat),
        .cfg_interrupt_rdy(cfg_interrupt_rdy), .cfg_interrupt_msixenable(cfg_interrupt_msixenable),
        .cfg_interrupt_msixfm(cfg_interrupt_msixfm), .lines({28'b0, lines}), .idle(), .post_credits()
    );
endmodule
`default_nettype wire
