# Acorn CLE-215+ and NiteFury, xc7a200tfbg484: package pins, from LiteX-Boards' platform of it. Not tried on hardware, and not used by
# the open flow, which places the logic in a harness: for whoever finishes the image (README.md).
set_property PACKAGE_PIN J19 [get_ports clk200_p]
set_property PACKAGE_PIN H19 [get_ports clk200_n]
set_property IOSTANDARD DIFF_SSTL15 [get_ports clk200_p]
set_property IOSTANDARD DIFF_SSTL15 [get_ports clk200_n]
set_property PACKAGE_PIN F6 [get_ports pcie_refclk_p]
set_property PACKAGE_PIN E6 [get_ports pcie_refclk_n]
set_property PACKAGE_PIN J1 [get_ports pcie_reset_n]
set_property IOSTANDARD LVCMOS33 [get_ports pcie_reset_n]
set_property PULLTYPE PULLUP [get_ports pcie_reset_n]
set_property PACKAGE_PIN B10 [get_ports {pcie_rx_p[0]}]
set_property PACKAGE_PIN B6 [get_ports {pcie_tx_p[0]}]
# P2 K2
set_property PACKAGE_PIN K2 [get_ports {lines[0]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[0]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[0]}]
# P2 J2
set_property PACKAGE_PIN J2 [get_ports {lines[1]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[1]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[1]}]
# P2 J5
set_property PACKAGE_PIN J5 [get_ports {lines[2]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[2]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[2]}]
# P2 H5
set_property PACKAGE_PIN H5 [get_ports {lines[3]}]
set_property IOSTANDARD LVCMOS33 [get_ports {lines[3]}]
set_property PULLTYPE PULLDOWN [get_ports {lines[3]}]
